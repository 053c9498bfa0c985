/**
 * Where a rollback stands. `failed`: a step did not work out and people must choose; `stuck`: an undo failed too and somebody
 * must look. Phases after `watching` are final, except that a break-glass review or lifting the hold may still follow.
 */
export const phases = [
  'awaiting_plan',
  'awaiting_approval',
  'approved',
  'applying',
  'settling',
  'failed',
  'undoing',
  'stuck',
  'verifying',
  'watching',
  'not_recovered',
  'unverified',
  'stable',
  'degraded',
  'superseded',
  'undone',
  'rejected',
  'cancelled',
  'expired',
] as const
export type Phase = (typeof phases)[number]

/** Phases in which only people can move a rollback on, or nothing can. */
export const restingPhases: readonly Phase[] = [
  'failed',
  'stuck',
  'not_recovered',
  'unverified',
  'stable',
  'degraded',
  'superseded',
  'undone',
  'rejected',
  'cancelled',
  'expired',
]

/** Phases after which somebody still looks at what runs: a later rollback takes it over. */
export const lookedAfter: readonly Phase[] = ['watching', 'not_recovered', 'unverified', 'degraded']

const open: readonly Phase[] = [
  'awaiting_plan',
  'awaiting_approval',
  'approved',
  'applying',
  'settling',
  'failed',
  'undoing',
  'verifying',
]
/** Holds its workload: nobody else may roll it back meanwhile. One that is stuck lets go, or its service could never be rolled back again. */
export const isOpen = ({ phase }: { readonly phase: Phase }): boolean => open.includes(phase)
