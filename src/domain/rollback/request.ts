import type { Fired } from '#domain/automation/triggers.ts'
import type { PersonId, RevisionId, ServiceId } from '#domain/ids.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Instant, Micros } from '#domain/time.ts'

/** Reasons offered in the modal (policy §4, manual). */
export const manualReasons = {
  security: 'Security vulnerability',
  'data-corruption': 'Data corruption',
  'critical-function': 'Critical function broken',
  compliance: 'Compliance issue',
  'customer-bug': 'Customer-impacting bug',
  other: 'Other',
} as const
export type ManualReason = keyof typeof manualReasons

/** How bad it is at least, by its reason alone (policy §1); whoever asks may say otherwise. */
export const severityOfReason = {
  security: 'critical',
  'data-corruption': 'critical',
  'critical-function': 'critical',
  compliance: 'high',
  'customer-bug': 'high',
  other: 'low',
} as const satisfies Record<ManualReason, Severity>

/** What somebody asked for; the plan says what it comes to. */
export interface RollbackRequest {
  readonly by: PersonId
  readonly service: ServiceId
  /** As typed: a revision number, an image tag or a digest; `undefined` lets the record choose. */
  readonly to: string | undefined
  readonly reason: string
  readonly reasonKind: ManualReason
  readonly severity: Severity | undefined
  /** When the impact began, as far as the person knows; the moment of the command otherwise. */
  readonly since: Instant | undefined
  /** When it was asked for, where a form stood open meanwhile: authority is reckoned from then. */
  readonly askedAt?: Instant | undefined
  /** Start no earlier, or in the next change window; `undefined` is now. */
  readonly notBefore: Instant | 'next window' | undefined
  /** Flags that belong to it are switched off first, whichever way is taken (policy §3, combined). */
  readonly isCombined?: true
  /** The database is away: two people decide, on a journal. */
  readonly offline?: true
  /** Automation asks: of this version, because of this. */
  readonly automatic?: AutomaticRequest
}

/** Several services at once, each to the version that the record chooses. */
export interface TogetherRequest
  extends Pick<RollbackRequest, 'by' | 'reason' | 'reasonKind' | 'severity' | 'since' | 'askedAt'> {
  readonly services: readonly ServiceId[]
}

export interface AutomaticRequest {
  readonly fired: Fired
  readonly revision: RevisionId
  /** Null: people decide. */
  readonly countdown: Micros | null
}
