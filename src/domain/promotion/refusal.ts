import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'

/** Every way a decision about a canary can be refused. Views render it, the timeline records it. */
export type PromotionRefusal =
  | {
      readonly kind: 'not_a_member'
      readonly why: 'guest' | 'external' | 'deactivated' | 'bot' | 'unknown'
    }
  | {
      readonly kind: 'lacks_role'
      readonly needs: Role
      /** Who could, as far as the directory knows. */
      readonly reachable: readonly PersonId[]
    }
  | { readonly kind: 'role_source_down'; readonly source: string }
  | { readonly kind: 'own_request'; readonly reachable: readonly PersonId[] }
  /** What was shown is not what is there any more. */
  | { readonly kind: 'changed'; readonly why: string }
  | { readonly kind: 'gate_not_passed'; readonly why: readonly string[] }
  | { readonly kind: 'on_hold'; readonly by: PersonId }
  | { readonly kind: 'not_held' }
  | { readonly kind: 'under_way'; readonly to: number }
  | { readonly kind: 'blocked'; readonly why: readonly string[] }
  | { readonly kind: 'nothing_failed' }
  /** What it left behind is gone, or stays already. */
  | { readonly kind: 'nothing_left' }
  | { readonly kind: 'not_for_people'; readonly item: string }
  | { readonly kind: 'reason_needed' }
  | { readonly kind: 'ended'; readonly why: string }
  | { readonly kind: 'wrong_place' }
