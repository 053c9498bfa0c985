import { type Control, controlRules, decideControl } from '#domain/authority/decide-control.ts'
import { shortestReason } from '#domain/authority/decide-approval.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import type { Role } from '#domain/authority/role.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { History } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { PinTime } from '#domain/rollback/pin.ts'
import type { Phase } from '#domain/rollback/phase.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import { isTogether, membersOf } from '#domain/rollback/together.ts'
import type { Service } from '#domain/service.ts'
import { earliest, type Instant } from '#domain/time.ts'
import { type Change, WorkloadTaken } from '#ports/store.ts'
import { directoryDeadlineMs, strictestStart } from '#workflows/facts.ts'
import type { Click } from '#workflows/click.ts'
import { changeOf } from '#workflows/record.ts'
import { type WiderFreeze, widerFreeze } from '#workflows/hold/wider-freeze.ts'
import { alreadyUnderWay } from '#workflows/request/already-under-way.ts'
import { makeWay } from '#workflows/make-way.ts'
import type { World } from '#workflows/world.ts'
import { anewOf, answeredBefore } from './answered-before.ts'
import { controlEvent } from './control-event.ts'

type Ports = Pick<
  World,
  'catalogue' | 'policy' | 'timeline' | 'directory' | 'revisions' | 'executors'
>

/** Everything people decide beside approving: one rule table, one way in, an event for each answer. */
export async function control(
  ports: Ports,
  decided: Control,
  click: Click,
  reason?: string,
  time: PinTime = '1d',
): Promise<Answer> {
  const { timeline, revisions } = ports
  const around = await gathered(ports, decided, click)
  if (!around) return unknown
  const { incident, seen } = around

  const decide = () =>
    timeline.decide<Answer>(incident, (history, now) => {
      const judged = around.judge(history, now, reason)
      if (judged.kind === 'answered') return judged
      const { rollback, as } = judged
      const events = decidedOn(decided, rollback, history).map((one) =>
        controlEvent(decided, one, click, as, reason ?? '', { now, wider: around.wider, time }),
      )
      return {
        change: changeOf(events, { history, now, policy: ports.policy, actor: click.by }),
        answer: {
          kind: 'decided',
          decided,
          service: rollback.service,
          rollback: rollback.id,
          as,
          breakGlass: false,
          ...anewOf(events[0]),
        },
      }
    })
  const answer = await decide().catch(async (error: unknown): Promise<Answer> => {
    // An undo takes the workload again, which another rollback may hold by now, or a canary that is being moved.
    if (!(error instanceof WorkloadTaken)) throw error
    if (await makeWay(ports, error, seen.plan ? [seen.plan] : [])) return decide()
    return alreadyUnderWay(await timeline.read(error.incident), error, [seen.service])
  })
  if (decided === 'lift-hold' && answer.kind === 'decided' && seen.hold && seen.plan)
    await revisions.unmarkBad(seen.workload, seen.plan.from.id)
  return answer
}

/** Before somebody types a reason: the refusal they would get whatever they typed, written down like every other; else `undefined`. */
export async function beforeReason(
  ports: Ports,
  decided: Control,
  click: Click,
): Promise<Answer | undefined> {
  const around = await gathered(ports, decided, click)
  if (!around) return unknown
  return ports.timeline.decide<Answer | undefined>(around.incident, (history, now) => {
    const judged = around.judge(history, now, 'x'.repeat(shortestReason))
    return judged.kind === 'answered' ? judged : { change: undefined, answer: undefined }
  })
}

const unknown = { kind: 'nothing_found', what: 'that rollback' } as const

type Judged =
  | { readonly kind: 'answered'; readonly change: Change | undefined; readonly answer: Answer }
  | {
      readonly kind: 'allowed'
      readonly rollback: RollbackState
      readonly as: Role | 'requester'
    }

/** What is looked up before the lock. `judge` is asked behind it: what was answered or is refused, or as whom it may be done. */
async function gathered(ports: Ports, decided: Control, click: Click) {
  const { timeline, policy, directory, catalogue } = ports
  const incident = await timeline.incidentOf(click.rollback)
  if (incident === undefined) return undefined
  const before = await timeline.read(incident)
  const state = incidentState(before)
  const seen = rollbackState(before, click.rollback)
  const service = seen && catalogue.get(seen.service)
  if (!state || !seen || !service) return undefined

  const wider = decided === 'widen-freeze' ? widerFreeze(ports, seen) : none
  // What stops several services is decided by somebody with the authority over each of them (policy §5).
  const services = [service, ...wider.services]
  const [clickers, start] = await Promise.all([
    Promise.all(
      services.map((one) =>
        directory.standing(click.by, one, AbortSignal.timeout(directoryDeadlineMs)),
      ),
    ),
    strictestStart(timeline, service.id, { incident, start: state.authorityStart }),
  ])
  return {
    incident,
    seen,
    wider,
    judge(history: History, now: Instant, reason: string | undefined): Judged {
      const rollback = rollbackState(history, click.rollback) ?? seen
      const incidentNow = incidentState(history) ?? state
      const repeated = answeredBefore(history, click, rollback)
      if (repeated) return { kind: 'answered', change: undefined, answer: repeated }
      const decisions = clickers.map((clicker) =>
        decideControl(decided, rollback, {
          now,
          authorityStart: earliest(incidentNow.authorityStart, start),
          matrix: policyInForce(incidentNow, policy).matrix,
          clicker,
          reason,
        }),
      )
      const at = decisions.findIndex(({ kind }) => kind === 'refused')
      const decision = decisions[Math.max(at, 0)]
      if (!decision || decision.kind === 'refused') {
        const because = decision?.because ?? { kind: 'reason_needed' }
        const told = at > 0 ? asOther(because, services[at]) : because
        return refusal(decided, rollback, told, click, { history, now, policy })
      }
      if (decided === 'widen-freeze' && wider.scope.length === 0)
        return { kind: 'answered', change: undefined, answer: nothingWider }
      return { kind: 'allowed', rollback, as: decision.as }
    },
  }
}

const none: WiderFreeze = { services: [], scope: [] }
const nothingWider: Answer = {
  kind: 'nothing_found',
  what: 'another service of the same owner whose deploys could be frozen',
}

/** The authority that is missing is over another service than the one that was rolled back. */
const asOther = (because: Refusal, service: Service | undefined): Refusal =>
  because.kind === 'below_approver' && service ? { ...because, over: service.id } : because

function refusal(
  decided: Control,
  { id, service }: RollbackState,
  because: Refusal,
  { by, delivery }: Click,
  around: Omit<Parameters<typeof changeOf>[1], 'actor'>,
): Judged {
  const event = { kind: 'decision_refused', rollback: id, decided, by, because, delivery } as const
  const answer: Answer = { kind: 'refused', decided, service, rollback: id, refusal: because }
  return { kind: 'answered', change: changeOf([event], { ...around, actor: by }), answer }
}

/** Asked for together, dropped together: whatever of them has not begun. */
const decidedOn = (
  decided: Control,
  rollback: RollbackState,
  history: History,
): readonly RollbackState[] =>
  (decided === 'reject' || decided === 'cancel') && isTogether(rollback)
    ? membersOf(history, rollback).filter((one) =>
        (controlRules[decided].phases as readonly Phase[]).includes(one.phase),
      )
    : [rollback]
