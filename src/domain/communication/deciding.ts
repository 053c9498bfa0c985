import type { Decided } from '#domain/rollback/events.ts'

/** What somebody tried, after “tried to”. */
export const deciding = {
  approve: 'approve',
  reject: 'reject',
  cancel: 'cancel',
  undo: 'undo the rollback',
  collapse: 'finish at once',
  'keep-waiting': 'keep waiting',
  'next-way': 'go another way',
  'lift-hold': 'lift the hold',
  'keep-former': 'keep what the rollback left',
  'resume-sync': 'resume the sync',
  'lift-freeze': 'lift the freeze',
  'widen-freeze': 'widen the freeze',
  pin: 'pin the version',
  'review-break-glass': 'review the break-glass',
  'pause-automation': 'pause automation',
} as const satisfies Record<Decided, string>
