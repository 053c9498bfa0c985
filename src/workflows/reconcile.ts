import type { IncidentId } from '#domain/ids.ts'
import { reconcileFreezes } from './freeze.ts'
import { reconcileHolds } from './hold.ts'
import type { World } from './world.ts'

/** Freezes and holds beside each other: trouble with the one is none of the other's. */
export async function reconcile(
  world: World,
  incident: IncidentId,
  signal: AbortSignal,
): Promise<void> {
  const done = await Promise.allSettled([
    reconcileFreezes(world, incident, signal),
    reconcileHolds(world, incident, signal),
  ])
  for (const one of done) if (one.status === 'rejected') throw one.reason
}
