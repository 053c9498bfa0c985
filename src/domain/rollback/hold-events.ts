import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, RollbackId } from '#domain/ids.ts'
import type { HeldBy } from './hold.ts'

interface Of {
  readonly rollback: RollbackId
}

/** What became of the version that a rollback left. */
export type HoldEvent =
  | (Of & {
      readonly kind: 'hold_placed'
      readonly revision: string
      readonly name: string
      /** The platform can be asked to refuse it; absent in records of earlier versions. */
      readonly isEnforceable?: true
    })
  | (Of & {
      readonly kind: 'hold_lifted'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly delivery: DeliveryId
    })
  /** Written before the platform is told: from here on it may refuse the version. */
  | (Of & { readonly kind: 'hold_begun' })
  | (Of & { readonly kind: 'hold_enforced'; readonly by: HeldBy })
  | (Of & { readonly kind: 'hold_released' })
  | (Of & {
      readonly kind: 'hold_failed'
      readonly doing: 'enforce' | 'release'
      readonly why: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
    })
