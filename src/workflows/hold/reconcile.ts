import type { IncidentId } from '#domain/ids.ts'
import { reconcileFreezes } from './freeze.ts'
import { reconcileHolds } from './hold.ts'
import { reconcileSyncs } from './sync.ts'
import type { World } from '#workflows/world.ts'

/** Freezes, holds and paused syncs beside each other: trouble with the one is none of the others'. */
export async function reconcile(
  world: World,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const done = await Promise.allSettled([
    reconcileFreezes(world, incident, signal),
    reconcileHolds(world, incident, signal),
    reconcileSyncs(world, incident, signal),
  ])
  for (const one of done) if (one.status === 'rejected') throw one.reason
}
