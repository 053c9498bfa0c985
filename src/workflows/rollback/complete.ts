import type { TimelineEvent } from '#domain/incident/events.ts'
import { deliveryId } from '#domain/ids.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'revisions'>

/**
 * The wanted version is out. What was left is marked bad and held, so that nobody goes back to it unawares – unless people went
 * back to a version that was itself held: then its hold is lifted, and what they left is blamed for nothing.
 */
export async function complete(world: Ports, turn: Turn): Promise<void> {
  await write(world, turn, await completion(world, turn))
}

/** What is written when the last step is out. Safe to repeat: a mark that was set is set. */
export async function completion(world: Ports, turn: Turn): Promise<readonly TimelineEvent[]> {
  const { rollback } = turn
  const { plan, executor } = planned(world, rollback)
  const done: TimelineEvent = { kind: 'execution_completed', rollback: rollback.id }
  // The version goes on running: nothing was left that could be deployed again.
  if (plan.running) return [done]
  if (plan.warnings.some(({ kind }) => kind === 'marked_bad')) {
    await world.revisions.unmarkBad(rollback.workload, plan.to.id)
    return [done, ...liftedHolds(turn, plan.to.id)]
  }
  await world.revisions.markBad(rollback.workload, plan.from, rollback.reason, rollback.id)
  return [
    done,
    {
      kind: 'hold_placed',
      rollback: rollback.id,
      revision: plan.from.id,
      name: plan.from.name,
      ...(executor.holder?.covers(plan.target) ? { isEnforceable: true as const } : {}),
    },
  ]
}

/** Whoever approved going to a held version has thereby lifted its holds. */
function liftedHolds({ history, rollback }: Turn, revision: string): readonly TimelineEvent[] {
  const { approved, id, reason } = rollback
  if (!approved) return []
  return rollbacksOf(history)
    .filter(({ hold }) => hold && !hold.lifted && hold.revision === revision)
    .map((earlier) => ({
      kind: 'hold_lifted',
      rollback: earlier.id,
      by: approved.by,
      as: approved.as,
      reason,
      delivery: deliveryId(`${id}.returned`),
    }))
}
