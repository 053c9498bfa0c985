import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { DeliveryId, PersonId, PromotionId, ServiceId } from '#domain/ids.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { stricter } from '#domain/promotion/ladder.ts'
import { type PromotionSettings, usualPromotion } from '#domain/promotion/settings.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { directoryDeadlineMs } from './facts.ts'
import { lookAtCanary, type Platform, promoterOf } from './promotion-look.ts'
import { changeOfPromotion, minRequestsOf, promotionOf } from './promotion-record.ts'
import { messageOf } from './turn.ts'
import type { World } from './world.ts'

type Ports = Pick<
  World,
  'catalogue' | 'policy' | 'timeline' | 'executors' | 'directory' | 'metrics'
>

export interface PromotionRequest {
  readonly service: ServiceId
  readonly by: PersonId
  /** Percent up to which it is to go. */
  readonly to: number
  /** Where it was asked for. */
  readonly channel: string | undefined
}

interface Found {
  readonly service: Service
  readonly platform: Platform
  readonly canary: CanaryState & { readonly canary: NonNullable<CanaryState['canary']> }
}

const lookMs = 20_000

/** Begins to take a canary through its gates, or joins whoever does so already. The same request again has the same answer. */
export async function requestPromotion(
  ports: Ports,
  request: PromotionRequest,
  delivery: DeliveryId,
): Promise<Answer> {
  const found = await canaryOf(ports, request)
  if ('kind' in found) return found
  const { id, open } = await streamFor(ports, found)
  const settings = await settingsFor(ports, found.service)
  return ports.timeline.decide<Answer>(id, (history, now) => {
    const before = promotionState(history)
    const isRepeated = history.some(
      ({ event }) => 'delivery' in event && event.delivery === delivery,
    )
    const about = {
      promotion: id,
      service: request.service,
      by: request.by,
      to: request.to,
      delivery,
    }
    const place = request.channel === undefined ? {} : { channel: request.channel }
    const event: PromotionEvent =
      before || open
        ? { kind: 'promotion_joined', ...about, ...place }
        : {
            kind: 'promotion_requested',
            ...about,
            ...place,
            ...settings,
            target: targetOf(found.service),
          }
    const change = isRepeated
      ? undefined
      : changeOfPromotion([event], { history, now, policy: ports.policy, actor: request.by })
    const added = change
      ? [...history, { seq: history.length + 1, at: now, actor: request.by, event }]
      : history
    const state = promotionState(added)
    if (!state)
      return { change: undefined, answer: { kind: 'nothing_found', what: 'that promotion' } }
    return {
      change,
      answer: answerWith(ports, state, open ? 'joined' : 'requested'),
    }
  })
}

/** `--dry-run`: what the card would show, and who would decide; writes nothing. */
export async function previewPromotion(ports: Ports, request: PromotionRequest): Promise<Answer> {
  const found = await canaryOf(ports, request)
  if ('kind' in found) return found
  const { id, open } = await streamFor(ports, found)
  if (open) return answerWith(ports, open, 'status')
  const now = await ports.timeline.now()
  const settings = await settingsFor(ports, found.service)
  const event = {
    kind: 'promotion_requested',
    promotion: id,
    service: request.service,
    by: request.by,
    to: request.to,
    target: targetOf(found.service),
    ...settings,
  } as const
  const asked = [{ seq: 1, at: now, actor: request.by, event }]
  const state = promotionState(asked)
  if (!state) return { kind: 'nothing_found', what: 'that promotion' }
  const look = await lookAtCanary(
    ports,
    found.platform,
    found.service,
    state,
    now,
    AbortSignal.timeout(lookMs),
  )
  if (!('figures' in look)) return noCanary(found.service)
  const looked = {
    kind: 'promotion_looked',
    promotion: id,
    service: request.service,
    look,
  } as const
  const seen = promotionState([...asked, { seq: 2, at: now, actor: 'countermand', event: looked }])
  return answerWith(ports, seen ?? state, 'preview')
}

/** Where the canary of a service stands, or how the last one ended. */
export async function promotionStatus(ports: Ports, id: ServiceId): Promise<Answer> {
  const service = ports.catalogue.get(id)
  if (!service) return unknownOf(ports, id)
  const [newest] = await statesOf(ports, id, 1)
  if (newest) return answerWith(ports, newest, 'status')
  return { kind: 'not_written', why: `No canary of ${id} was ever promoted from here.` }
}

const answerWith = (
  { policy }: Pick<Ports, 'policy'>,
  promotion: PromotionState,
  said: Extract<Answer, { kind: 'promotion' }>['said'],
): Answer => ({
  kind: 'promotion',
  promotion,
  said,
  minRequests: minRequestsOf(policy, promotion.service),
})

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

async function canaryOf(
  ports: Ports,
  { service: id, by }: PromotionRequest,
): Promise<Found | Answer> {
  const service = ports.catalogue.get(id)
  if (!service) return unknownOf(ports, id)
  const standing = await ports.directory.standing(
    by,
    service,
    AbortSignal.timeout(directoryDeadlineMs),
  )
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }
  return seenCanary(ports, service)
}

/** The canary that a service has now, or why there is none to be moved. */
async function seenCanary(ports: Ports, service: Service): Promise<Found | Answer> {
  const [target] = service.targets
  const platform = target && promoterOf(ports, target)
  if (!target || !platform)
    return {
      kind: 'not_written',
      why: `Countermand cannot move a canary of ${service.id}: its platform has nothing for that here.`,
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

function noCanary({ id }: Service, state?: CanaryState): Answer {
  const runs = state ? `: ${state.stable.name} is promoted in full` : ''
  const [why] = state?.blockers ?? []
  const says =
    why?.kind === 'unsupported' && why.why !== 'no canary is under way' ? ` (${why.why})` : ''
  return { kind: 'not_written', why: `No canary of ${id} is under way${runs}${says}.` }
}

/** Another stream for the same canary begins only when the one before is over. */
async function streamFor(
  ports: Ports,
  { service, canary }: Found,
): Promise<{ readonly id: PromotionId; readonly open: PromotionState | undefined }> {
  const before = await statesOf(ports, service.id, mostSame)
  const open = before.find(({ ended }) => ended === undefined)
  if (open) return { id: open.id, open }
  const id = promotionOf(service.id, canary.canary.id, canary.stable.id, before[0]?.id)
  return { id, open: undefined }
}
const mostSame = 20

/** The service's own ladder; after a rollback, the stricter one (policy §6). */
async function settingsFor(
  ports: Pick<World, 'timeline'>,
  { id, promotion = usualPromotion, targets }: Service,
): Promise<{ readonly settings: PromotionSettings; readonly isStricter?: true }> {
  const wasTakenBack = await isAfterRollback(ports, id, targets[0]?.workload)
  return wasTakenBack
    ? {
        settings: { ...promotion, ladder: stricter(promotion.ladder), isAutomatic: false },
        isStricter: true,
      }
    : { settings: promotion }
}

/** What was done last to the service's workload was to take a version back. */
async function isAfterRollback(
  { timeline }: Pick<World, 'timeline'>,
  service: ServiceId,
  workload: Service['targets'][number]['workload'] | undefined,
): Promise<boolean> {
  const promotions = await statesOf({ timeline }, service, mostSame)
  const last = promotions.find(({ ended }) => ended !== undefined && ended.outcome !== 'gone')
  const known = workload === undefined ? [] : await timeline.rollbacksOn(workload, mostSame)
  for (const { incident, rollback } of known) {
    const state = rollbackState(await timeline.read(incident), rollback)
    if (state?.startedAt === undefined || state.phase === 'undone') continue
    if (!last?.ended || state.startedAt > last.ended.at) return true
    break
  }
  return last?.ended?.outcome === 'taken_away'
}

function targetOf({ id, targets: [target] }: Service) {
  if (!target) throw new Error(`${id} has no target`)
  return target
}

const unknownOf = ({ catalogue }: Ports, typed: ServiceId): Answer => ({
  kind: 'unknown_service',
  typed,
  nearest: nearestNames(catalogue, typed),
})
