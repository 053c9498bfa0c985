/** It keeps the former tasks for longer than any test takes. */
export const group = {
  application: 'shop',
  group: 'checkout',
  keepsMinutes: 600_000,
} as const

/** Its deployments wait for a word before they get traffic, and it is as unclear as AWS's about the other wait. */
export const waitingGroup = {
  ...group,
  waitsMinutes: 600_000,
  isReadyWhileKeeping: true,
} as const
