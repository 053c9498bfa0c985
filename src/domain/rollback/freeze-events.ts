import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, IncidentId, PersonId, RollbackId, ServiceId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { FreezeEnd } from './freeze.ts'

/** A freeze of another rollback, by which deploys of a service are refused. */
export interface OtherFreeze {
  readonly service: ServiceId
  /** Where it is lifted; absent where nobody here knows whose it is. */
  readonly incident?: IncidentId
  /** Absent where it names no time. */
  readonly until?: Instant
}

interface Of {
  readonly rollback: RollbackId
}

/** What became of the freeze of deploys that goes with a rollback. */
export type FreezeEvent =
  /** Written before the platform is told: from here on it may be frozen. Once more when it is prolonged. */
  | (Of & {
      readonly kind: 'freeze_begun'
      readonly until: Instant
      /** Every workload that is frozen. */
      readonly scope: readonly Target[]
      /** With what it was widened to. */
      readonly isWide?: true
    })
  | (Of & { readonly kind: 'freeze_raised'; readonly until: Instant; readonly isWide?: true })
  /** More than the service itself, as somebody with the authority decided. */
  | (Of & {
      readonly kind: 'freeze_widened'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      /** Exactly what the form named. */
      readonly services: readonly ServiceId[]
      readonly scope: readonly Target[]
      readonly delivery: DeliveryId
    })
  /** What runs stays until then, as somebody with the authority decided. */
  | (Of & {
      readonly kind: 'version_pinned'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly until: Instant
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'freeze_lift_authorised'
      readonly by: PersonId
      readonly as: Role
      readonly reason: string
      readonly delivery: DeliveryId
    })
  | (Of & {
      readonly kind: 'freeze_lifted'
      readonly because: FreezeEnd
      /** What goes on being refused all the same, by freezes of others such as a pin: one for each service, at that moment. */
      readonly others?: readonly OtherFreeze[]
      /** In its place, in records of before: of the service itself. */
      readonly still?: Instant
    })
  | (Of & {
      readonly kind: 'freeze_failed'
      readonly doing: 'raise' | 'lift'
      readonly why: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
    })
