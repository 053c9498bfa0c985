import type { Answer } from '#domain/communication/answer.ts'
import type { PromotionId, RevisionId, ServiceId, WorkloadId } from '#domain/ids.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { stricter } from '#domain/promotion/ladder.ts'
import { usualPromotion } from '#domain/promotion/settings.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { type Platform, promoterOf } from './look.ts'
import { promotionOf } from './record.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

export type Asking = Pick<World, 'catalogue' | 'policy' | 'timeline' | 'executors'>

export interface Found {
  readonly service: Service
  readonly platform: Platform
  readonly canary: CanaryState & { readonly canary: NonNullable<CanaryState['canary']> }
}

const lookMs = 20_000

/** The canary that a service has now, or why there is none to be moved. */
export async function seenCanary(
  ports: Pick<Asking, 'executors'>,
  service: Service,
): Promise<Found | Answer> {
  const [target] = service.targets
  const platform = target && promoterOf(ports, target)
  if (!target || !platform)
    return {
      kind: 'not_written',
      why: `Countermand cannot move a canary of ${service.id}: its platform has nothing for that here. Move it there.`,
      next: { to: 'To take back a version that serves', command: 'rollback', service: service.id },
    }
  try {
    const state = await platform.promoter.canary(target, AbortSignal.timeout(lookMs))
    const { canary } = state
    return canary ? { service, platform, canary: { ...state, canary } } : noCanary(service, state)
  } catch (error) {
    return {
      kind: 'trouble',
      what: `${target.title} did not answer: ${messageOf(error)}.`,
      done: 'Nothing was done.',
      next: 'Try again, or look at the platform directly.',
    }
  }
}

export function noCanary({ id }: Service, state?: CanaryState): Answer {
  const runs = state ? `: ${state.stable.name} is promoted in full` : ''
  const [why] = state?.blockers ?? []
  const says =
    why?.kind === 'unsupported' && why.why !== 'no canary is under way' ? ` (${why.why})` : ''
  return {
    kind: 'not_written',
    why: `No canary of ${id} is under way${runs}${says}. Ship the next version beside it, and ask again.`,
  }
}

/** Another stream for the same canary begins only when the one before is over. */
export async function streamFor(
  ports: Pick<Asking, 'timeline'>,
  { service, canary }: Found,
): Promise<{ readonly id: PromotionId; readonly open: PromotionState | undefined }> {
  const before = await statesOf(ports, service.id, mostSame)
  const open = before.find(({ ended }) => ended === undefined)
  if (open) return { id: open.id, open }
  const id = promotionOf(service.id, canary.canary.id, canary.stable.id, before[0]?.id)
  return { id, open: undefined }
}
/** Enough to find what was done last. */
const mostSame = 5

/** What it is asked for with: the service's own ladder; after a rollback, the stricter one (policy §6). */
export async function wish(
  ports: Pick<Asking, 'timeline'>,
  { id, promotion = usualPromotion, targets: [target] }: Service,
  canary: CanaryState,
): Promise<Pick<Requested, 'target' | 'settings' | 'isStricter'>> {
  if (!target) throw new Error(`${id} has no target`)
  return (await isAfterRollback(ports, id, target.workload, canary.stable.id))
    ? {
        target,
        settings: { ...promotion, ladder: stricter(promotion.ladder), isAutomatic: false },
        isStricter: true,
      }
    : { target, settings: promotion }
}
type Requested = Extract<PromotionEvent, { kind: 'promotion_requested' }>

/** What serves beside the canary serves because a version was taken back. */
async function isAfterRollback(
  { timeline }: Pick<Asking, 'timeline'>,
  service: ServiceId,
  workload: WorkloadId,
  stable: RevisionId,
): Promise<boolean> {
  const promotions = await statesOf({ timeline }, service, mostSame)
  const last = promotions.find(({ ended }) => ended !== undefined && ended.outcome !== 'gone')
  for (const { incident, rollback } of await timeline.rollbacksOn(workload, mostSame)) {
    const state = rollbackState(await timeline.read(incident), rollback)
    if (state?.workload !== workload || state.startedAt === undefined || state.phase === 'undone')
      continue
    const isLater = !last?.ended || state.startedAt > last.ended.at
    if (isLater) return state.plan?.to.id === stable
    break
  }
  return last?.ended?.outcome === 'taken_away' && last.versions?.stable.id === stable
}

/** The newest one, whether it is over or not. */
export const newestPromotion = async (
  ports: Pick<Asking, 'timeline'>,
  service: ServiceId,
): Promise<PromotionState | undefined> => (await statesOf(ports, service, 1))[0]

async function statesOf(
  { timeline }: Pick<World, 'timeline'>,
  service: ServiceId,
  limit: number,
): Promise<readonly PromotionState[]> {
  const ids = await timeline.promotions(service, limit)
  const states = await Promise.all(
    ids.map(async (id) => promotionState(await timeline.read(id)) ?? []),
  )
  return states.flat()
}
