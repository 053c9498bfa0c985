import type { Raise } from '#domain/authority/matrix.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { DeliveryId, IncidentId, RollbackId } from '#domain/ids.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { type Begins, beginsOf } from '#domain/rollback/begins.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { raiseOf } from '#domain/rollback/raise.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'
import type { WorkloadTaken } from '#ports/store.ts'
import type { World } from '#workflows/world.ts'
import { alreadyUnderWay } from './already-under-way.ts'

type Ports = Pick<World, 'timeline' | 'policy'>

interface Shown {
  readonly incident: IncidentId
  readonly plan: Plan
  readonly start: Instant
  readonly now: Instant
  readonly raise: Raise
  readonly begins: Begins | undefined
}

/** What whoever asked for a rollback is told. */
export function requestedAnswer(
  { matrix }: Policy,
  rollback: RollbackId,
  { incident, plan, start, now, raise, begins }: Shown,
): Answer {
  return {
    kind: 'requested',
    incident,
    rollback,
    service: plan.service,
    from: plan.from.name,
    to: plan.to.name,
    who: whoDecides(matrix, start, now, raise),
    ...(begins ? { begins } : {}),
  }
}

/**
 * A delivery that was written down already, e.g. by a worker that died before it could answer, gets the answer it would have had, also
 * where its incident is over by now.
 */
export async function askedBefore(
  { timeline, policy }: Ports,
  delivery: DeliveryId,
): Promise<Answer | undefined> {
  const incident = await timeline.writtenIn(delivery)
  if (incident === undefined) return undefined
  const history = await timeline.read(incident)
  const asked = history.find(
    ({ event }) => event.kind === 'rollback_requested' && event.delivery === delivery,
  )?.event
  if (asked?.kind !== 'rollback_requested') return undefined
  const state = rollbackState(history, asked.rollback)
  const before = incidentState(history)
  if (!state?.plan || !before) return undefined
  const { plan, notBefore, window } = state
  const begins = notBefore === null ? undefined : beginsOf({ notBefore, window }, policy.rollback)
  const now = await timeline.now()
  const start = before.authorityStart
  const shown = { incident, plan, start, now, raise: raiseOf(state), begins }
  return requestedAnswer(policyInForce(before, policy), asked.rollback, shown)
}

/** The same delivery again is the same request; another one is told who was first. */
export async function underWay(
  ports: Ports,
  service: Service,
  delivery: DeliveryId,
  taken: WorkloadTaken,
): Promise<Answer> {
  const repeated = await askedBefore(ports, delivery)
  return repeated ?? alreadyUnderWay(await ports.timeline.read(taken.incident), taken, [service.id])
}
