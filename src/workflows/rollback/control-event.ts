import type { Control } from '#domain/authority/decide-control.ts'
import type { Role } from '#domain/authority/role.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { wayUnderWay } from '#domain/rollback/offered-way.ts'
import { pinLasts, type PinTime } from '#domain/rollback/pin.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { type Instant, plus } from '#domain/time.ts'
import type { Click } from '#workflows/click.ts'
import type { WiderFreeze } from '#workflows/hold/wider-freeze.ts'

/** What is written down once somebody may do what they have decided. */
export function controlEvent(
  decided: Control,
  state: RollbackState,
  { by, delivery }: Click,
  as: Role | 'requester',
  reason: string,
  {
    now,
    wider,
    time,
  }: { readonly now: Instant; readonly wider: WiderFreeze; readonly time: PinTime },
): TimelineEvent {
  const who = { rollback: state.id, by, delivery } as const
  if (decided === 'cancel') return { kind: 'rollback_cancelled', ...who, as }
  if (decided === 'keep-former') return { kind: 'leftover_spared', ...who, as }
  // These two alone may rest on having asked; every other rule answers with a role.
  const role: Role = as === 'requester' ? 'on-call-engineer' : as
  switch (decided) {
    case 'reject':
      return { kind: 'rollback_rejected', ...who, as: role, reason }
    case 'undo':
      return { kind: 'undo_authorised', ...who, as: role, reason }
    case 'collapse':
      return { kind: 'collapsed', ...who, as: role, reason, steps: state.plan?.collapse ?? [] }
    case 'keep-waiting':
      return {
        kind: 'step_retried',
        ...who,
        step: state.at,
        ...(state.failure?.again === undefined ? {} : { anew: true }),
      }
    case 'next-way': {
      const mechanism = wayUnderWay(state)
      if (!mechanism) throw new Error(`rollback ${state.id} has no plan to leave`)
      return { kind: 'way_left', ...who, as: role, mechanism }
    }
    case 'lift-hold':
      return { kind: 'hold_lifted', ...who, as: role, reason }
    case 'resume-sync':
      return { kind: 'sync_resume_ordered', ...who, as: role, reason }
    case 'lift-freeze':
      return { kind: 'freeze_lift_authorised', ...who, as: role, reason }
    case 'widen-freeze':
      return {
        kind: 'freeze_widened',
        ...who,
        as: role,
        reason,
        services: wider.services.map(({ id }) => id),
        scope: wider.scope,
      }
    case 'pin':
      return { kind: 'version_pinned', ...who, as: role, reason, until: plus(now, pinLasts[time]) }
    case 'pause-automation':
      return { kind: 'countdown_stopped', ...who, because: 'paused', as: role }
    case 'review-break-glass':
      return { kind: 'break_glass_reviewed', ...who, as: role, note: reason }
  }
}
