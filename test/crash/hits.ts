export const faults = ['fail', 'lose', 'repeat', 'kill', 'freeze'] as const
export type Fault = (typeof faults)[number]

/** The `nth` time that a boundary is reached in a story. */
export interface Place {
  readonly boundary: string
  readonly nth: number
}
export interface Hit extends Place {
  readonly fault: Fault
}

export const isDeadly = (fault: Fault): boolean => fault === 'kill' || fault === 'freeze'
