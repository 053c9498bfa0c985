import { required, unraised, windowInTime } from '#domain/authority/matrix.ts'
import { above } from '#domain/authority/role.ts'
import type { IncidentId } from '#domain/ids.ts'
import { decisionClock } from '#domain/incident/decision-clock.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { raiseOf } from '#domain/rollback/raise.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

/**
 * When nobody has decided in the time that policy §1 gives, the level above the one that decided at the end of it is called, once,
 * however many find it. Says whether it was time.
 */
export async function callHigher(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  incident: IncidentId,
  history: History,
  now: Instant,
): Promise<boolean> {
  if (!overdue(history, now, policy)) return false
  await timeline.decide(incident, (latest, at) => {
    const event = overdue(latest, at, policy)
    const change = event && changeOf([event], { history: latest, now: at, policy })
    return { change, answer: undefined }
  })
  return true
}

function overdue(history: History, now: Instant, policy: Policy): TimelineEvent | undefined {
  const state = incidentState(history)
  const clock = decisionClock(history, policy)
  if (!state || !clock || now < clock.due) return undefined
  const { since, within, due } = clock
  const { matrix } = policyInForce(state, policy)
  const rollback = rollbacksOf(history).at(-1)
  const row = windowInTime(matrix, state.authorityStart, due)
  const decides = required(row, rollback ? raiseOf(rollback) : unraised).role
  return { kind: 'decision_overdue', since, within, to: above(decides) ?? decides }
}
