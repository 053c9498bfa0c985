import { planned, type Turn, write } from './turn.ts'
import type { World } from './world.ts'

/** The good version is out: the bad one is marked and held, so that nobody goes back to it unawares. */
export async function complete(
  world: Pick<World, 'timeline' | 'policy' | 'executors' | 'revisions'>,
  turn: Turn,
): Promise<void> {
  const { rollback } = turn
  const { plan } = planned(world, rollback)
  await world.revisions.markBad(rollback.workload, plan.from.id, rollback.reason, rollback.id)
  await write(world, turn, [
    { kind: 'execution_completed', rollback: rollback.id },
    { kind: 'hold_placed', rollback: rollback.id, revision: plan.from.id, name: plan.from.name },
  ])
}
