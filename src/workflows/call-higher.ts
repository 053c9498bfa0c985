import { required, unraised, windowInTime } from '#domain/authority/matrix.ts'
import { above } from '#domain/authority/role.ts'
import type { IncidentId } from '#domain/ids.ts'
import { decisionClock } from '#domain/incident/decision-clock.ts'
import type { History } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import { raiseOf } from '#domain/rollback/raise.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { write } from './turn.ts'
import type { World } from './world.ts'

/**
 * When nobody has decided in the time that policy §1 gives, the level above the one that decided at the end of it is called, once.
 * Says whether it wrote something; throws `StaleSequence` when somebody else wrote first.
 */
export async function callHigher(
  ports: Pick<World, 'timeline' | 'policy'>,
  incident: IncidentId,
  history: History,
  now: Instant,
): Promise<boolean> {
  const state = incidentState(history)
  const clock = decisionClock(history, ports.policy)
  if (!state || !clock || now < clock.due) return false
  const { since, within, due } = clock
  const { matrix } = policyInForce(state, ports.policy)
  const rollback = rollbacksOf(history).at(-1)
  const row = windowInTime(matrix, state.authorityStart, due)
  const decides = required(row, rollback ? raiseOf(rollback) : unraised).role
  const to = above(decides) ?? decides
  await write(ports, { incident, history, now }, [{ kind: 'decision_overdue', since, within, to }])
  return true
}
