import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/**
 * A rollback that stopped at a step waits for somebody to choose. Once its service is taken out of the configuration nobody can: it
 * is stuck, says so, and gives its workload free. Says whether there was one.
 */
export async function leaveFormer(
  world: World,
  incident: IncidentId,
  history: History,
  now: Instant,
): Promise<boolean> {
  const { catalogue } = world
  const left = rollbacksOf(history).find(
    ({ phase, service }) => phase === 'failed' && !catalogue.has(service),
  )
  if (!left) return false
  await write(world, { incident, history, now }, [
    {
      kind: 'undo_failed',
      rollback: left.id,
      step: left.failure?.step ?? left.at,
      message: `${left.service} is no longer configured, so nobody can decide on it any more; before that: ${left.failure?.message ?? 'unknown'}`,
      changed: 'maybe',
    },
  ])
  return true
}
