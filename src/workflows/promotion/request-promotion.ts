import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { DeliveryId, PersonId, ServiceId } from '#domain/ids.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import { lookAtCanary } from './look.ts'
import { changeOfPromotion, minRequestsOf } from './record.ts'
import {
  type Asking,
  type Found,
  newestPromotion,
  noCanary,
  seenCanary,
  streamFor,
  wish,
} from './stream.ts'
import type { World } from '#workflows/world.ts'

type Ports = Asking & Pick<World, 'directory' | 'metrics'>

export interface PromotionRequest {
  readonly service: ServiceId
  readonly by: PersonId
  /** Percent up to which it is to go. */
  readonly to: number
  /** Where it was asked for. */
  readonly channel: string | undefined
}

const lookMs = 20_000

/** Begins to take a canary through its gates, or joins whoever does so already. The same request again has the same answer. */
export async function requestPromotion(
  ports: Ports,
  request: PromotionRequest,
  delivery: DeliveryId,
): Promise<Answer> {
  const repeated = await askedBefore(ports, delivery)
  if (repeated) return repeated
  const found = await canaryOf(ports, request)
  if ('kind' in found) return found
  const { id, open } = await streamFor(ports, found)
  const wished = await wish(ports, found.service, found.canary)
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
            ...wished,
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

/** Also where the canary has come to its end by now. */
async function askedBefore(ports: Ports, delivery: DeliveryId): Promise<Answer | undefined> {
  const stream = await ports.timeline.writtenIn(delivery)
  const history = stream === undefined ? [] : await ports.timeline.read(stream)
  const state = promotionState(history)
  const isFirst = history.some(
    ({ event }) => event.kind === 'promotion_requested' && event.delivery === delivery,
  )
  return state && answerWith(ports, state, isFirst ? 'requested' : 'joined')
}

/** `--dry-run`: what the card would show if nobody had asked yet, or shows already; writes nothing. */
export async function previewPromotion(ports: Ports, request: PromotionRequest): Promise<Answer> {
  const found = await canaryOf(ports, request)
  if ('kind' in found) return found
  const { id, open } = await streamFor(ports, found)
  if (open) return answerWith(ports, open, 'preview')
  const now = await ports.timeline.now()
  const wished = await wish(ports, found.service, found.canary)
  const event = {
    kind: 'promotion_requested',
    promotion: id,
    service: request.service,
    by: 'countermand',
    to: request.to,
    ...wished,
  } as const
  const asked = [{ seq: 1, at: now, actor: 'countermand' as const, event }]
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
  const newest = await newestPromotion(ports, id)
  if (newest) return answerWith(ports, newest, 'status')
  return {
    kind: 'not_written',
    why: `No canary of ${id} was ever promoted from here.`,
    next: { to: 'To begin', command: 'promote', service: id },
  }
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

const unknownOf = ({ catalogue }: Ports, typed: ServiceId): Answer => ({
  kind: 'unknown_service',
  typed,
  nearest: nearestNames(catalogue, typed),
})
