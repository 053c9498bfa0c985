import type { Pace } from '#ports/promoter.ts'
import type { Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { awayPlatform } from './contract-away.ts'
import { type Setup, trafficWorld } from './traffic-world.ts'

/** A bad canary that a route sends requests to, as the executor's contract wants it; each kind of route is held to it in a file of its own. */
export async function trafficPlatform(
  setup: Setup,
  pace: Pace,
  trouble?: Trouble,
): Promise<Platform> {
  const fence = aFence()
  const w = await trafficWorld({
    ...setup,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  const platform = await awayPlatform(w, fence, {
    mechanism: 'mesh-reroute',
    pace,
    change: 'canary at 0 % of the requests',
    route: w.path,
  })
  return { ...platform, isWaitedForBack: true }
}
