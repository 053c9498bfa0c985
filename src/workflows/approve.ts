import { approvalNeeds, decideApproval } from '#domain/authority/decide-approval.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { PersonId, PlanDigest, RollbackId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import { earliest, type Instant } from '#domain/time.ts'
import { directoryDeadlineMs, strictestStart } from './facts.ts'
import type { Click } from './index.ts'
import { changeOf } from './record.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'catalogue' | 'policy' | 'timeline' | 'directory'>
export type Approval = Click & {
  readonly digest: PlanDigest
  readonly acknowledged?: string
  readonly breakGlass?: string
}

/** Decides on a click and writes down what was decided, refusals too. Roles are looked up first; the time is read after the lock. */
export async function approve(ports: Ports, click: Approval): Promise<Answer> {
  const { timeline, policy, directory, catalogue } = ports
  const incident = await timeline.incidentOf(click.rollback)
  if (incident === undefined) return { kind: 'nothing_found', what: 'that rollback' }
  const before = await timeline.read(incident)
  const seen = rollbackState(before, click.rollback)
  const service = seen && catalogue.get(seen.service)
  if (!seen || !service) return { kind: 'nothing_found', what: 'that rollback' }

  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const [clicker, requester, reachable, start] = await Promise.all([
    directory.standing(click.by, service, signal),
    directory.standing(seen.requestedBy, service, signal),
    holdersNow(ports, before, seen, service, signal),
    strictestStart(timeline, service.id),
  ])

  return timeline.decide(incident, (history, now) => {
    const repeated = answeredBefore(history, click)
    if (repeated) return { change: undefined, answer: repeated }
    const rollback = rollbackState(history, click.rollback) ?? seen
    const own = incidentState(history)?.authorityStart ?? now
    const decision = decideApproval(
      rollback,
      { digest: click.digest, acknowledged: click.acknowledged, breakGlass: click.breakGlass },
      {
        now,
        authorityStart: earliest(own, start ?? own),
        matrix: policy.matrix,
        policy: policy.rollback,
        clicker,
        requester,
        reachable,
      },
    )
    const { rollback: id, by, delivery } = click
    const event: TimelineEvent =
      decision.kind === 'refused'
        ? {
            kind: 'decision_refused',
            rollback: id,
            decided: 'approve',
            by,
            because: decision.because,
            delivery,
          }
        : {
            kind: 'approval_given',
            rollback: id,
            by,
            identity: decision.identity,
            as: decision.as,
            needed: decision.needed,
            digest: click.digest,
            elapsedMicros: decision.elapsedMicros,
            complete: decision.complete,
            acknowledged: decision.acknowledged,
            breakGlass: decision.breakGlass,
            delivery,
            policyHash: policy.hash,
          }
    return {
      change: changeOf([event], { history, now, policy, actor: by }),
      answer: answerTo(event, rollback),
    }
  })
}

/** Whom to ask: the holders of what is needed at this moment. Empty when the directory does not say. */
async function holdersNow(
  { directory, policy, timeline }: Ports,
  history: History,
  rollback: RollbackState,
  service: Service,
  signal: AbortSignal,
): Promise<readonly PersonId[]> {
  const now: Instant = await timeline.now()
  const authorityStart = incidentState(history)?.authorityStart ?? now
  const need = approvalNeeds(rollback, { matrix: policy.matrix, authorityStart, now })
  return (await directory.holders(need.role, service, signal)).people
}

/** A click delivered twice (a retry, a replica that died) gets the answer it had. */
function answeredBefore(history: History, { delivery, rollback }: Approval): Answer | undefined {
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
  { id, service }: { readonly id: RollbackId; readonly service: RollbackState['service'] },
): Answer {
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
    : { kind: 'counted', service, rollback: id, stillNeeds: 'vp-engineering' }
}
