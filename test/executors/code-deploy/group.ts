/** It keeps the former tasks for longer than any test takes. */
export const group = {
  application: 'shop',
  group: 'checkout',
  keepsMinutes: 600_000,
} as const
