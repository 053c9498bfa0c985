import type { Role } from '#domain/authority/role.ts'
import type {
  AutomationId,
  DeliveryId,
  IncidentId,
  PersonId,
  RevisionId,
  RollbackId,
  ServiceId,
} from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { AutomationSettings } from './settings.ts'
import type { Fired } from './triggers.ts'

interface Of {
  readonly automation: AutomationId
  readonly service: ServiceId
}

/** `countdown`: rolls back unless somebody stops it. `ask`: proposes it to people. `tell`: says why nothing is done. */
export type Effect = 'countdown' | 'ask' | 'tell' | 'dry-run'

/** What automation of one service did, over all its incidents: a stream of its own. */
export type AutomationEvent =
  /** As the configuration says it, from here on. */
  | (Of & {
      readonly kind: 'automation_set_up'
      readonly settings: AutomationSettings
      readonly policy: string
    })
  /** Written before anything is done about it. */
  | (Of & {
      readonly kind: 'automation_fired'
      readonly revision: RevisionId
      readonly version: string
      readonly effect: Effect
      readonly fired: Fired
      /** Why people are asked, or told, instead; what it would have done, for `dry-run`. */
      readonly why: string | null
      readonly countdownMicros: number
    })
  | (Of & {
      readonly kind: 'automation_carried_out'
      /** The row of what fired. */
      readonly seq: number
      readonly outcome: 'counting' | 'proposed' | 'not_done'
      /** What it came to, where it came to something. */
      readonly made: { readonly incident: IncidentId; readonly rollback: RollbackId } | null
      readonly why: string | null
    })
  /** Off until a time, or until somebody switches it on again. */
  | (Of & {
      readonly kind: 'automation_switched'
      readonly to: 'on' | 'off'
      readonly until: Instant | null
      readonly by: PersonId | 'countermand'
      readonly as: Role | null
      readonly reason: string
      /** It happened too often; what is counting down goes on. */
      readonly isBreaker?: true
      readonly delivery?: DeliveryId
    })
