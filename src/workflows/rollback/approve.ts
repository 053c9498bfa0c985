import {
  type ApprovalDecision,
  decideApproval,
  shortestReason,
  whyNoGlass,
} from '#domain/authority/decide-approval.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import { isShortOfOne } from '#domain/authority/two-people.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { PlanDigest } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import { type ApprovalPorts, gathered } from './approval-facts.ts'
import { gatheredTogether, type TogetherDecision } from './approve-together.ts'
import type { Click } from '#workflows/click.ts'
import { changeOf } from '#workflows/record.ts'

export type Approval = Click & {
  readonly digest: PlanDigest
  readonly acknowledged?: string
  readonly breakGlass?: string
}

const unknown = { kind: 'nothing_found', what: 'that rollback' } as const

/** Decides on a click and writes down what was decided, refusals too. Roles are looked up first; the time is read after the lock. */
export async function approve(ports: ApprovalPorts, click: Approval): Promise<Answer> {
  const { timeline, policy } = ports
  const around = await gathered(ports, click)
  if (!around) return unknown
  const together = around.seen.together && (await gatheredTogether(ports, around, click.by))

  return timeline.decide<Answer>(around.incident, (history, now) => {
    const repeated = answeredBefore(history, click)
    if (repeated) return { change: undefined, answer: repeated }
    const { rollback, facts } = around.at(history, now)
    const { digest, acknowledged, breakGlass } = click
    const typed = { digest, acknowledged, breakGlass }
    const decision: TogetherDecision = together?.isAsked(history)
      ? together.decide(history, now, typed)
      : alone(rollback, decideApproval(rollback, typed, facts))
    const events: readonly Decision[] =
      decision.kind === 'refused'
        ? [refusedEvent(click, decision.because)]
        : decision.each.map((one) => approvalEvent(click, one, policy.hash))
    const [event = refusedEvent(click, nothingLeft)] = events
    const answer = answerTo(event, rollback)
    return {
      change: changeOf(events, { history, now, policy, actor: click.by }),
      answer: overOther(answer, decision, rollback),
    }
  })
}

type Decision = Extract<TimelineEvent, { kind: 'approval_given' | 'decision_refused' }>
const nothingLeft = { kind: 'plan_changed', why: 'a new plan is being made' } as const

const alone = (member: RollbackState, decision: ApprovalDecision): TogetherDecision =>
  decision.kind === 'refused'
    ? { ...decision, over: member.service }
    : { kind: 'approved', each: [{ member, decision }] }

/** Of several, the service that the authority is missing over is named. */
const overOther = (
  answer: Answer,
  decision: TogetherDecision,
  { service }: RollbackState,
): Answer =>
  answer.kind === 'refused' && decision.kind === 'refused' && decision.over !== service
    ? { ...answer, over: decision.over }
    : answer

function approvalEvent(
  { by, delivery }: Click,
  { member, decision }: Extract<TogetherDecision, { kind: 'approved' }>['each'][number],
  policyHash: string,
): Decision {
  const { identity, as, needed, elapsedMicros, complete, acknowledged, breakGlass } = decision
  if (member.digest === undefined) throw new Error(`${member.id} was approved without a plan`)
  return {
    kind: 'approval_given',
    rollback: member.id,
    by,
    identity,
    as,
    needed,
    digest: member.digest,
    elapsedMicros,
    complete,
    acknowledged,
    breakGlass,
    delivery,
    policyHash,
  }
}

/** Before somebody types anything: the refusal they would get whatever they typed, written down like every other; else `undefined`. */
export async function beforeTyping(
  ports: ApprovalPorts,
  click: Click & { readonly digest: PlanDigest },
  form: 'acknowledgement' | 'break-glass',
): Promise<Answer | undefined> {
  const { timeline, policy } = ports
  const around = await gathered(ports, click)
  if (!around) return unknown
  const together = around.seen.together && (await gatheredTogether(ports, around, click.by))

  return timeline.decide<Answer | undefined>(around.incident, (history, now) => {
    const repeated = answeredBefore(history, click)
    if (repeated) return { change: undefined, answer: repeated }
    const { rollback, facts } = around.at(history, now)
    const filled = { acknowledged: 'x'.repeat(shortestReason), breakGlass: undefined }
    const typed = { digest: click.digest, ...filled }
    const decision = together?.isAsked(history)
      ? together.decide(history, now, typed)
      : decideApproval(rollback, typed, facts)
    const because =
      form === 'break-glass'
        ? whyNoGlass(rollback, facts)
        : decision.kind === 'refused'
          ? decision.because
          : undefined
    if (!because) return { change: undefined, answer: undefined }
    const event = refusedEvent(click, because)
    return {
      change: changeOf([event], { history, now, policy, actor: click.by }),
      answer: answerTo(event, rollback),
    }
  })
}

const refusedEvent = (
  { rollback, by, delivery }: Click,
  because: Refusal,
): Extract<TimelineEvent, { kind: 'decision_refused' }> => ({
  kind: 'decision_refused',
  rollback,
  decided: 'approve',
  by,
  because,
  delivery,
})

/** A click delivered twice (a retry, a replica that died) gets the answer it had. */
function answeredBefore(history: History, { delivery, rollback }: Click): Answer | undefined {
  const earlier = history.find(
    ({ event }) =>
      (event.kind === 'approval_given' || event.kind === 'decision_refused') &&
      event.rollback === rollback &&
      event.delivery === delivery,
  )
  const state = rollbackState(history, rollback)
  return earlier && state && answerTo(earlier.event, state)
}

function answerTo(
  event: TimelineEvent,
  rollback: Pick<RollbackState, 'id' | 'service' | 'plan' | 'twoPerson' | 'requestedBy'>,
): Answer {
  const { id, service } = rollback
  if (event.kind === 'decision_refused')
    return {
      kind: 'refused',
      decided: event.decided,
      service,
      rollback: id,
      refusal: event.because,
    }
  if (event.kind !== 'approval_given') return { kind: 'nothing_found', what: 'that click' }
  return event.complete
    ? {
        kind: 'decided',
        decided: 'approve',
        service,
        rollback: id,
        as: event.as,
        breakGlass: event.breakGlass !== null,
      }
    : {
        kind: 'counted',
        service,
        rollback: id,
        stillNeeds: isShortOfOne(rollback) ? event.needed : 'vp-engineering',
      }
}
