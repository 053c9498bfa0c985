/** The time in which a process may act on work that it took from the queue: it ends when others may have taken that work over. */
export interface Tenure {
  /** Names it among the replicas that are known to live. */
  readonly id: string
  /** The work it is for. */
  readonly work: string
  /** By this machine's own clock, so that it can be asked at every moment; a process that was frozen learns it as it wakes. */
  isOver(): boolean
  /** Of what somebody pressed: it waits for no connection that other work has taken. */
  readonly isPressed?: true
}

/** Thrown instead of acting: somebody else may be at this work by now. */
export class TenureOver extends Error {
  override readonly name = 'TenureOver'
}
