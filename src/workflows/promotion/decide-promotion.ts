import type { Answer } from '#domain/communication/answer.ts'
import { shortestReason } from '#domain/authority/decide-approval.ts'
import type { DeliveryId, PersonId, PlanDigest, PromotionId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import {
  decideAgain,
  decideAway,
  decideForward,
  decideHold,
  decideKeep,
  decideTick,
  type PromotionDecision,
  type PromotionFacts,
} from '#domain/promotion/decide.ts'
import type { PromotionAct, PromotionEvent } from '#domain/promotion/events.ts'
import { itemsOf } from '#domain/promotion/gate.ts'
import { gateItems, type GateItem } from '#domain/promotion/items.ts'
import type { PromotionRefusal } from '#domain/promotion/refusal.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { servingOf } from '#domain/promotion/transitions.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import { makeWayForPromotion } from '#workflows/make-way.ts'
import { isTaken } from './canary-turn.ts'
import { changeOfPromotion, minRequestsOf } from './record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'catalogue' | 'policy' | 'timeline' | 'directory'>

/** Somebody pressed a button of a promotion's card. `delivery` makes a repeated click the same click. */
export interface CanaryClick {
  readonly by: PersonId
  readonly promotion: PromotionId
  readonly delivery: DeliveryId
}

/** Lets the canary take what its card offered. */
export const promote = (
  ports: Ports,
  { digest, ...click }: CanaryClick & { readonly digest: PlanDigest },
): Promise<Answer> =>
  decide(ports, click, 'forward', (state, facts) => {
    const decision = decideForward(state, digest, facts)
    const { next } = state.look ?? {}
    if (decision.kind === 'refused' || !next) return refusedOr(decision)
    return {
      kind: 'promotion_approved',
      ...aboutOf(state, click, decision.as),
      identity: decision.identity,
      digest,
      share: next.share,
      policyHash: ports.policy.hash,
    }
  })

/** Has the canary taken away; at any time, also while it moves. */
export const takeCanaryAway = (
  ports: Ports,
  { reason, ...click }: CanaryClick & { readonly reason: string },
): Promise<Answer> =>
  decide(ports, click, 'away', (state, facts) => {
    const decision = decideAway(state, facts)
    if (decision.kind === 'refused') return decision.because
    if (reason.trim().length < shortestReason) return { kind: 'reason_needed' }
    const goal = state.leg?.goal
    const { canary, stable } = state.versions ?? {}
    const bad = goal?.canary ?? (canary && servingOf(canary))
    const good = goal?.stable ?? (stable && servingOf(stable))
    if (bad === undefined || good === undefined)
      return { kind: 'changed', why: 'it was not looked at yet' }
    return {
      kind: 'canary_away_ordered',
      ...aboutOf(state, click, decision.as),
      reason,
      canary: bad,
      stable: good,
    }
  })

export const holdCanary = (
  ports: Ports,
  { turn, ...click }: CanaryClick & { readonly turn: number },
  act: 'hold' | 'go-on',
): Promise<Answer> =>
  decide(ports, click, act, (state, facts) => {
    const decision = decideHold(state, act, turn, facts)
    return decision.kind === 'refused'
      ? decision.because
      : {
          kind: act === 'hold' ? 'promotion_held' : 'promotion_resumed',
          ...aboutOf(state, click, decision.as),
        }
  })

/** The move that failed, once more: what was made already is found done. */
export const tryAgain = (ports: Ports, click: CanaryClick): Promise<Answer> =>
  decide(ports, click, 'try-again', (state, facts) => {
    const decision = decideAgain(state, facts)
    return decision.kind === 'refused'
      ? decision.because
      : { kind: 'promotion_retried', ...aboutOf(state, click, decision.as), leg: state.legs }
  })

/** What a promotion in full left behind stays as it is. */
export const keepLeft = (ports: Ports, click: CanaryClick): Promise<Answer> =>
  decide(ports, click, 'keep', (state, facts) => {
    const decision = decideKeep(state, facts)
    return decision.kind === 'refused'
      ? decision.because
      : { kind: 'leftover_spared', ...aboutOf(state, click, decision.as) }
  })

/** A named person says that an item holds, or does not. What the product measures is not for people, unless it could not be measured. */
export const tickGate = (
  ports: Ports,
  {
    item,
    holds,
    value,
    ...click
  }: CanaryClick & { readonly item: GateItem; readonly holds: boolean; readonly value: string },
): Promise<Answer> =>
  decide(ports, click, 'tick', (state, facts) => {
    const decision = decideTick(state, facts)
    if (decision.kind === 'refused') return decision.because
    const known = itemsOf(state, facts.minRequests).find((one) => one.item === item)
    const isMeasured = gateItems[item].by === 'product' && known?.state !== 'unknown'
    const isTicked = state.ticks[item] !== undefined
    if (!known || gateItems[item].by === 'test' || (isMeasured && !isTicked))
      return { kind: 'not_for_people', item }
    if (value.trim().length < shortestReason) return { kind: 'reason_needed' }
    const { promotion, by, delivery } = click
    const { service } = state
    return { kind: 'promotion_ticked', promotion, service, item, holds, value, by, delivery }
  })

/** Pressed on a copy of the card: that decides nothing (threats T019, T033), and is on the timeline. */
export const refuseMisplaced = (
  ports: Ports,
  click: CanaryClick,
  act: PromotionAct,
): Promise<Answer> => decide(ports, click, act, () => ({ kind: 'wrong_place' }))

/** Decides under the lock, once per delivery, and writes down what was decided, refusals too. */
async function decide(
  ports: Ports,
  click: CanaryClick,
  act: PromotionAct,
  decided: (state: PromotionState, facts: PromotionFacts) => PromotionEvent | PromotionRefusal,
): Promise<Answer> {
  const { timeline, catalogue, directory, policy } = ports
  const before = promotionState(await timeline.read(click.promotion))
  const service = before && catalogue.get(before.service)
  if (!before || !service) return { kind: 'nothing_found', what: 'that promotion' }
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const [clicker, requesters, { people: reachable }] = await Promise.all([
    directory.standing(click.by, service, signal),
    Promise.all(before.askedBy.map((person) => directory.standing(person, service, signal))),
    directory.holders('on-call-engineer', service, signal),
  ])
  const minRequests = minRequestsOf(policy, service.id)
  const written = () =>
    timeline.decide<Answer>(click.promotion, (history, now) => {
      const repeated = answeredBefore(history, click)
      if (repeated) return { change: undefined, answer: repeated }
      const state = promotionState(history) ?? before
      const said = decided(state, { now, minRequests, clicker, requesters, reachable })
      const event = 'promotion' in said ? said : refusedEvent(state, click, act, said)
      return {
        change: changeOfPromotion([event], { history, now, policy, actor: click.by }),
        answer: answerTo(event, state),
      }
    })
  try {
    return await written().catch(async (error: unknown) => {
      if (!isTaken(error) || !(await makeWayForPromotion(ports, error))) throw error
      return written()
    })
  } catch (error) {
    if (!isTaken(error)) throw error
    const other = rollbackState(await timeline.read(error.incident), error.rollback)
    return {
      kind: 'not_written',
      why: `A rollback of ${other?.service ?? service.id} is under way: nothing was done. Decide there, and come back when it is over.`,
    }
  }
}

const aboutOf = (
  { service }: PromotionState,
  { promotion, by, delivery }: CanaryClick,
  as: Extract<PromotionDecision, { kind: 'allowed' }>['as'],
) => ({ promotion, service, by, as, delivery })

const refusedOr = (decision: PromotionDecision): PromotionRefusal =>
  decision.kind === 'refused' ? decision.because : { kind: 'blocked', why: [] }

const refusedEvent = (
  { service }: PromotionState,
  { promotion, by, delivery }: CanaryClick,
  act: PromotionAct,
  because: PromotionRefusal,
): PromotionEvent => ({ kind: 'promotion_refused', promotion, service, act, by, because, delivery })

/** A click delivered twice gets the answer it had. */
function answeredBefore(history: History, { delivery }: CanaryClick): Answer | undefined {
  const index = history.findIndex(({ event }) => 'delivery' in event && event.delivery === delivery)
  const event = history[index]?.event
  const state = promotionState(history.slice(0, index))
  return event && 'promotion' in event && state ? answerTo(event, state) : undefined
}

/** From the event and what was there before it, so that a repeated click has the same answer. */
function answerTo(event: PromotionEvent, state: PromotionState): Answer {
  return event.kind === 'promotion_refused'
    ? { kind: 'promotion_refused', promotion: state, refusal: event.because }
    : { kind: 'promotion_decided', promotion: state, did: event }
}
