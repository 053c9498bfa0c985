import type { Raise } from '#domain/authority/matrix.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { DeliveryId } from '#domain/ids.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { raiseFor } from '#domain/rollback/raise.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { membersOf } from '#domain/rollback/together.ts'
import type { World } from '#workflows/world.ts'

/** The highest level that any of the plans asks for. */
export function raiseOfAll(plans: readonly Plan[]): Raise {
  const levels = Math.max(0, ...plans.map((plan) => raiseFor(plan).levels))
  return { atLeast: undefined, levels }
}

/** A delivery that was written down already gets the answer that it had, also where its incident is over by now. */
export async function togetherBefore(
  { timeline, policy }: Pick<World, 'timeline' | 'policy'>,
  delivery: DeliveryId,
): Promise<Answer | undefined> {
  const incident = await timeline.writtenIn(delivery)
  if (incident === undefined) return undefined
  const history = await timeline.read(incident)
  const event = history.find(
    (row) => row.event.kind === 'rollback_requested' && row.event.delivery === delivery,
  )?.event
  const lead = event?.kind === 'rollback_requested' ? event.together?.lead : undefined
  const state = lead && rollbackState(history, lead)
  const before = incidentState(history)
  if (!state || !before) return undefined
  const plans = membersOf(history, state).flatMap(({ plan }) => plan ?? [])
  const { matrix } = policyInForce(before, policy)
  const now = await timeline.now()
  const who = whoDecides(matrix, before.authorityStart, now, raiseOfAll(plans))
  return { kind: 'requested_together', incident, rollback: state.id, plans, who }
}
