import { rankOf } from '#domain/authority/role.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import type { DeliveryId } from '#domain/ids.ts'
import type { Recorded, TimelineEvent } from '#domain/incident/events.ts'
import {
  against,
  againstEnding,
  type Approving,
  approvalEnds,
  isEnough,
  minute,
  type Model,
  needs,
  requestEnds,
  type Someone,
} from './rules.ts'

/** What was sent with a click, as its sender knows it. */
export interface Sent extends Approving {
  readonly who: Someone
}

/** What stands around the record: who clicked what, and whether an approval that was given may still be used. */
export interface Around {
  readonly sent: ReadonlyMap<DeliveryId, Sent>
  /** What runs is another thing than was planned on, or an approver lost their level. */
  readonly isVoid: (model: Model, at: number) => boolean
  /** The line may rest on what its writer saw from here on; the same as its own time where nothing else went on. */
  readonly since: number
}

const mostCalls = 12

/** The model after one more line of the record. Throws when the rules do not allow that line there. */
export function accepted(model: Model, { at, event }: Recorded, around: Around): Model {
  const must = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`${event.kind} at ${at}: ${what}\n${JSON.stringify(event)}`)
  }
  const sentWith = (delivery: DeliveryId): Sent => {
    const sent = around.sent.get(delivery)
    if (!sent) throw new Error(`${event.kind} answers ${delivery}, which nobody sent`)
    return sent
  }
  const phase = (next: Model['phase'], more: Partial<Model> = {}): Model => ({
    ...model,
    ...more,
    phase: next,
    calls: 0,
    lastCall: at,
  })
  const need = needs(model, at)
  const decidesAt = (level: number) =>
    level <= need.level && level >= needs(model, around.since).level

  switch (event.kind) {
    case 'incident_start_changed':
    case 'stricter_start_found': {
      const start = Math.min(model.start, event.startedAt)
      return event.kind === 'stricter_start_found'
        ? { ...model, start }
        : { ...model, start, shownStart: event.startedAt }
    }
    case 'rollback_planned':
      must(model.phase === 'planning', `no plan was asked for while ${model.phase}`)
      return phase('open', {
        plan: event.digest,
        counted: [],
        called: Math.max(model.called, need.level),
      })
    case 'approval_given': {
      const { who, ...how } = sentWith(event.delivery)
      must(
        against(model, who, how, at).length === 0,
        `against it: ${against(model, who, how, at).join()}`,
      )
      const enough = isEnough(model, who, at)
      must(rankOf(event.as) === who.level, 'given in another role')
      must(rankOf(event.needed) === need.level, `${need.level} was needed`)
      must(event.identity === who.human, 'counted for another human')
      must(event.elapsedMicros === at - model.start, 'another time since the start')
      must(event.complete === (!(enough && need.two) || model.counted.length > 0), 'completeness')
      must((event.breakGlass === null) === enough, 'whether glass was broken')
      must((event.acknowledged === null) === !model.soft, 'whether it was acknowledged')
      const { account, human, level } = who
      const counted = [...model.counted, { account, human, level, at }]
      return event.complete ? phase('approved', { counted, approvedAt: at }) : { ...model, counted }
    }
    case 'decision_refused': {
      const { who, ...how } = sentWith(event.delivery)
      const reasons =
        event.decided === 'reject' || event.decided === 'cancel'
          ? againstEnding(model, who, event.decided, at)
          : against(model, who, how, at)
      must(reasons.includes(event.because.kind), `refused for no such reason: ${reasons.join()}`)
      must(saysTruly(event.because, model, who, at), 'the refusal tells something untrue')
      return model
    }
    case 'rollback_rejected':
    case 'rollback_cancelled': {
      const what = event.kind === 'rollback_rejected' ? 'reject' : 'cancel'
      const { who } = sentWith(event.delivery)
      const reasons = againstEnding(model, who, what, at)
      must(reasons.length === 0, `against it: ${reasons.join()}`)
      return phase(what === 'reject' ? 'rejected' : 'cancelled')
    }
    case 'escalated':
      must(model.phase === 'open', 'nothing was open')
      must(around.since < requestEnds(model), 'the request had ended')
      must(decidesAt(rankOf(event.to)), `${need.level} decides at this minute`)
      must(rankOf(event.to) > model.called, 'that level was called before')
      return { ...model, called: rankOf(event.to), lastCall: at }
    case 'reminded':
      if (model.phase === 'begun') return model
      must(model.phase === 'open', 'nothing was open')
      must(decidesAt(rankOf(event.to)), `${need.level} decides at this minute`)
      must(at - model.lastCall >= 5 * minute, 'somebody was called less than 5 min ago')
      must(model.calls < mostCalls, 'that was said often enough')
      return { ...model, calls: model.calls + 1, lastCall: at }
    case 'rollback_expired':
      return expired(event)
    case 'approval_voided':
      must(model.phase === 'approved', 'nothing was approved')
      must(around.isVoid(model, at), 'there was no reason to')
      return phase('planning', { counted: [] })
    case 'execution_started':
      must(model.phase === 'approved', 'nothing was approved')
      must(at >= (model.notBefore ?? 0), 'its time had not come')
      must(at < approvalEnds(model), 'the approval had ended')
      must(!around.isVoid(model, at), 'the approval no longer held')
      return phase('begun')
    default:
      return model
  }

  function expired({ what }: Extract<TimelineEvent, { kind: 'rollback_expired' }>): Model {
    if (what === 'request') {
      must(model.phase === 'open' && at >= requestEnds(model), 'the request was still open')
      return phase('expired')
    }
    must(model.phase === 'approved' && at >= approvalEnds(model), 'the approval still counted')
    must((what === 'schedule') === (model.notBefore !== null), 'what it was')
    return what === 'schedule' ? phase('expired') : phase('open', { counted: [] })
  }
}

function saysTruly(because: Refusal, model: Model, who: Someone, at: number): boolean {
  const need = needs(model, at).level
  const holds = who.level
  switch (because.kind) {
    case 'not_now':
      return (because.holds ? rankOf(because.holds) : -1) === holds && holds < rankOf(because.needs)
    case 'already_decided':
      return because.as === (model.phase === 'begun' ? 'approved' : model.phase)
    case 'role_source_down':
      return who.unsure.includes(rankOf(because.role))
    case 'expired':
      return because.what === 'schedule' || at >= because.at
    case 'second_person_needed':
    case 'already_counted':
      return rankOf(because.needs) >= need && !because.reachable.includes(who.account as never)
    default:
      return true
  }
}
