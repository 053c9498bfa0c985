/** P0 calls whoever is on call outside of Slack as well. P1 mentions them. P2 is a plain post. */
export const levels = ['P0', 'P1', 'P2'] as const
export type Level = (typeof levels)[number]

/** What an event can be a sign of, and how loudly it is told (policy §4). */
export const signs = {
  'automatic-rollback': 'P0',
  'left-halfway': 'P0',
  'payment-success': 'P0',
  'server-errors': 'P0',
  'automation-asks': 'P1',
  latency: 'P1',
  'rolled-back': 'P2',
} as const satisfies Readonly<Record<string, Level>>
export type Sign = keyof typeof signs
