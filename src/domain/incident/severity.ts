export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** Is `one` worse than `other`? */
export const isWorse = (one: Severity, other: Severity): boolean =>
  severities.indexOf(one) > severities.indexOf(other)

export const worse = (one: Severity, other: Severity): Severity =>
  isWorse(one, other) ? one : other

/** How a rollback moves, and how long it may take (policy §2). */
export const strategies = ['immediate', 'gradual', 'scheduled'] as const
export type Strategy = (typeof strategies)[number]

/** The default strategy of a severity (policy §1); `high` is immediate only where the fault is isolated to a canary or slot. */
export function strategyFor(severity: Severity, isolated: boolean): Strategy {
  switch (severity) {
    case 'critical':
      return 'immediate'
    case 'high':
      return isolated ? 'immediate' : 'gradual'
    case 'medium':
      return 'gradual'
    case 'low':
      return 'scheduled'
  }
}
