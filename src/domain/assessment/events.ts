import type { AssessmentId, DeliveryId, PersonId, ServiceId } from '#domain/ids.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Instant } from '#domain/time.ts'
import type { Advice } from './advice.ts'
import type { Assessment, Measured } from './assess.ts'
import type { KeptCurve } from './curve.ts'
import type { Saying, Statement } from './statement.ts'

interface Of {
  readonly assessment: AssessmentId
  readonly service: ServiceId
}
interface Pressed {
  readonly by: PersonId
  /** Which request it came from, so that a repeated one is written once. */
  readonly delivery: DeliveryId
}

/** What it came to, in short. */
export interface Verdict {
  readonly advice: Advice
  readonly severity: Severity | null
}

/** Everything that happened because somebody asked how bad it is. What matters for an open incident stands on its timeline as well. */
export type AssessmentEvent =
  | (Of & {
      readonly kind: 'assessed'
      /** `watch`: looked at again. `said`: a person added or withdrew something; nothing was measured. */
      readonly cause: 'asked' | 'watch' | 'said'
      readonly by: PersonId | 'countermand'
      readonly delivery?: DeliveryId
      readonly measured: Measured
      readonly statements: readonly Statement[]
      readonly found: Assessment
      /** The version of the policy that it was judged by. */
      readonly policy: string
      /** What the one before came to; null for the first. */
      readonly before: Verdict | null
      /** What the picture shows; only where there is one. */
      readonly curves?: readonly KeptCurve[]
    })
  /** Its card stands there. */
  | (Of & { readonly kind: 'assessment_shown'; readonly channel: string; readonly ts: string })
  | (Of & Pressed & { readonly kind: 'impact_stated'; readonly said: Saying })
  | (Of & Pressed & { readonly kind: 'statement_withdrawn'; readonly said: Statement })
  | (Of & Pressed & { readonly kind: 'service_watch_begun'; readonly until: Instant })
  | (Of & {
      readonly kind: 'service_watch_ended'
      readonly because: 'time' | 'stopped' | 'not_an_incident' | 'removed'
      readonly by: PersonId | 'countermand'
      readonly delivery?: DeliveryId
      readonly looks: number
      readonly from: Verdict
      readonly to: Verdict
      /** Since when it is as it ended. */
      readonly since: Instant
    })
  | (Of & Pressed & { readonly kind: 'no_incident_said'; readonly reason: string })
  | (Of & Pressed & { readonly kind: 'owner_asked' })

export type AssessmentEventOf<Kind extends AssessmentEvent['kind']> = Extract<
  AssessmentEvent,
  { kind: Kind }
>
