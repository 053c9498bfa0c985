import type { PersonId, ServiceId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { Role } from './role.ts'

/** Somebody else is needed: of which level, and who that could be, as far as the directory knows. */
interface Other {
  readonly needs: Role
  readonly reachable: readonly PersonId[]
}

/** Every way a decision can be refused. Views render it, the timeline records it. */
export type Refusal =
  | {
      /** The clicker's authority is below what this minute needs. */
      readonly kind: 'not_now'
      readonly needs: Role
      readonly holds: Role | null
      /** When the present window began. */
      readonly since: Instant
      /** Who could, as far as the directory knows. */
      readonly reachable: readonly PersonId[]
    }
  | {
      readonly kind: 'not_a_member'
      readonly why: 'guest' | 'external' | 'deactivated' | 'bot' | 'unknown'
    }
  | { readonly kind: 'plan_changed'; readonly why: string }
  | {
      readonly kind: 'already_decided'
      readonly as: 'approved' | 'rejected' | 'cancelled' | 'expired' | 'finished'
      readonly by: PersonId | null
      readonly at: Instant
    }
  | (Other & { readonly kind: 'already_counted'; readonly at: Instant })
  | {
      readonly kind: 'expired'
      readonly at: Instant
      readonly what: 'request' | 'approval' | 'schedule'
    }
  | (Other & { readonly kind: 'second_person_needed' })
  | { readonly kind: 'acknowledgement_needed'; readonly warnings: readonly string[] }
  | { readonly kind: 'reason_needed' }
  /** The source of a role did not answer; nobody is let in on a guess. */
  | {
      readonly kind: 'role_source_down'
      readonly role: Role
      readonly source: string
      readonly wayOut: Role | 'break-glass'
    }
  | { readonly kind: 'nothing_to_decide'; readonly decided: string; readonly phase: string }
  | { readonly kind: 'not_the_requester'; readonly needs: Role }
  | {
      readonly kind: 'below_approver'
      readonly needs: Role
      readonly holds: Role | null
      /** Over another service than the one that was rolled back. */
      readonly over?: ServiceId
    }
  | { readonly kind: 'not_for_break_glass' }
  /** Forwarded or copied messages, buttons made for something else. */
  | { readonly kind: 'wrong_place' }
