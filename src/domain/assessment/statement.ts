import type { PersonId } from '#domain/ids.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Instant } from '#domain/time.ts'

/** What no metric knows and a person can say, and how bad that is (policy §1). */
export const stated = {
  'service-down': { severity: 'critical', text: 'the service is down' },
  'security-breach': { severity: 'critical', text: 'a security breach' },
  'data-loss': { severity: 'critical', text: 'data is lost, damaged or at risk' },
  'critical-function': { severity: 'critical', text: 'a function the business lives on is broken' },
  compliance: { severity: 'high', text: 'a compliance issue' },
  'customer-bug': { severity: 'high', text: 'a bug that customers feel' },
  'many-users': { severity: 'high', text: 'many users are affected' },
  'some-users': { severity: 'medium', text: 'some users are affected' },
  'minor-function': { severity: 'medium', text: 'a minor function is broken' },
  cosmetic: { severity: 'low', text: 'it only looks wrong' },
} as const satisfies Readonly<Record<string, { severity: Severity; text: string }>>
export type StatedKind = keyof typeof stated

interface Said {
  readonly by: PersonId
  readonly at: Instant
}

export type Statement =
  | (Said & { readonly what: StatedKind })
  /** The share of revenue that is lost meanwhile, between 0 and 1. */
  | (Said & { readonly what: 'revenue'; readonly share: number })
