import type { DeliveryId, PersonId } from '#domain/ids.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Instant, Micros } from '#domain/time.ts'

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
export const statedKinds = Object.keys(stated) as readonly StatedKind[]

type OfImpact =
  | { readonly what: StatedKind }
  /** The share of revenue that is lost meanwhile, between 0 and 1. */
  | { readonly what: 'revenue'; readonly share: number }

/** Says nothing of how bad it is, and much of what to do. */
type OfRemedy =
  | { readonly what: 'fix'; readonly takes: Micros; readonly isSimple: boolean }
  | { readonly what: 'canary-only' }
  | { readonly what: 'baseline-suffers' }

export type Saying = OfImpact | OfRemedy

interface Said {
  readonly by: PersonId
  readonly at: Instant
}

/** How bad it is. */
export type Impact = OfImpact & Said
/** Something that a person added. Its request names it, so that it can be withdrawn. */
export type Statement = Saying & Said & { readonly id: DeliveryId }

export const isImpact = <S extends Saying>(said: S): said is S & OfImpact =>
  said.what === 'revenue' || Object.hasOwn(stated, said.what)
