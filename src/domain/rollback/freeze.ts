import type { Role } from '#domain/authority/role.ts'
import type { PersonId, ServiceId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { FreezeEvent, OtherFreeze } from './freeze-events.ts'
import type { Pin } from './pin.ts'
import type { Plan } from './plan.ts'

/** Why deploys of a service are open again. `taken_over`: a later rollback of it keeps them frozen. */
export type FreezeEnd = 'person' | 'ended' | 'expired' | 'taken_over'

/** The freeze of deploys that goes with a rollback, as the record knows it. */
export interface Freeze {
  /** What the platform was told, or was about to be told: from here on it may be frozen, and must be opened again. */
  readonly asked:
    | {
        readonly at: Instant
        readonly until: Instant
        readonly scope: readonly Target[]
        readonly isWide: boolean
      }
    | undefined
  /** What the platform has confirmed. */
  readonly raised:
    | { readonly at: Instant; readonly until: Instant; readonly isWide: boolean }
    | undefined
  /** Somebody with the authority wants more frozen than the service itself. */
  readonly wider:
    | {
        readonly by: PersonId
        readonly as: Role
        readonly services: readonly ServiceId[]
        readonly scope: readonly Target[]
      }
    | undefined
  /** Somebody with the authority wants what runs to stay until then. */
  readonly pinned: Pin | undefined
  /** Somebody with the authority wants it lifted. */
  readonly ordered:
    | {
        readonly at: Instant
        readonly by: PersonId
        readonly as: Role
        readonly reason: string
      }
    | undefined
  /** `others`: what freezes of others refused all the same, at that moment. */
  readonly lifted:
    | {
        readonly at: Instant
        readonly because: FreezeEnd
        readonly others: readonly OtherFreeze[]
      }
    | undefined
  /** The last attempt came to nothing; `isFinal`: it is not tried again by itself. */
  readonly failure:
    | {
        readonly at: Instant
        readonly doing: 'raise' | 'lift'
        readonly why: string
        readonly isFinal: boolean
      }
    | undefined
}

export const noFreeze: Freeze = {
  asked: undefined,
  raised: undefined,
  wider: undefined,
  pinned: undefined,
  ordered: undefined,
  lifted: undefined,
  failure: undefined,
}

/** Deploys are certainly refused now, as far as the record knows. */
export const isFrozen = ({ raised, lifted }: Freeze): boolean =>
  raised !== undefined && lifted === undefined

/** Its deploys can be frozen, are not being opened just now, and nobody else's are frozen with them. */
export const isPinnable = ({
  plan,
  freeze: { wider, ordered, lifted },
}: {
  readonly plan: Pick<Plan, 'freezes' | 'stops'> | undefined
  readonly freeze: Freeze
}): boolean =>
  plan?.freezes === true &&
  !plan.stops?.some(({ freezes }) => freezes) &&
  (lifted !== undefined || (wider === undefined && ordered === undefined))

/** Whose deploys a rollback freezes: its own service's, and those of what stands still for it. Empty where none can be frozen. */
export function frozenServices(
  service: ServiceId,
  plan: Pick<Plan, 'freezes' | 'stops'> | undefined,
): readonly ServiceId[] {
  const others = (plan?.stops ?? []).flatMap((one) => (one.freezes ? one.service : []))
  return [...(plan?.freezes ? [service] : []), ...others]
}

/** What freezes of others refused when one was lifted, by the record of that. */
export const othersOf = (
  { others, still }: Extract<FreezeEvent, { kind: 'freeze_lifted' }>,
  service: ServiceId,
): readonly OtherFreeze[] => others ?? (still === undefined ? [] : [{ service, until: still }])

export function freezeAfter(
  { freeze, service }: { readonly freeze: Freeze; readonly service: ServiceId },
  at: Instant,
  event: FreezeEvent,
): Freeze {
  switch (event.kind) {
    case 'freeze_begun': {
      const { until, scope, isWide = false } = event
      // What was lifted once is confirmed anew.
      const raised = freeze.lifted ? undefined : freeze.raised
      return { ...freeze, asked: { at, until, scope, isWide }, raised, lifted: undefined }
    }
    case 'freeze_raised':
      return {
        ...freeze,
        raised: { at, until: event.until, isWide: event.isWide ?? false },
        failure: undefined,
      }
    case 'freeze_widened': {
      const { by, as, services, scope } = event
      return { ...freeze, wider: { by, as, services, scope } }
    }
    case 'version_pinned': {
      const { until, by, as, reason } = event
      // What was lifted before is frozen anew, of the service alone.
      const pinned = { at, until, by, as, reason }
      return { ...freeze, pinned, wider: undefined, ordered: undefined }
    }
    case 'freeze_lift_authorised': {
      const { by, as, reason } = event
      return { ...freeze, pinned: undefined, ordered: { at, by, as, reason } }
    }
    case 'freeze_lifted': {
      // It may have been pinned while it was being lifted: then it is frozen anew.
      const isOver = event.because === 'taken_over' || (freeze.pinned && at >= freeze.pinned.until)
      const pinned = isOver ? undefined : freeze.pinned
      const lifted = { at, because: event.because, others: othersOf(event, service) }
      return { ...freeze, pinned, lifted, failure: undefined }
    }
    case 'freeze_failed': {
      const { doing, why, isFinal } = event
      return { ...freeze, failure: { at, doing, why, isFinal } }
    }
  }
}
