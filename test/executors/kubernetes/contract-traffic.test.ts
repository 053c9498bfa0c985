import type { Pace } from '#ports/promoter.ts'
import { executorContract, type Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { awayPlatform } from './contract-away.ts'
import { byGateway, destination, type Setup, trafficWorld } from './traffic-world.ts'

const aSmallShare = { route: [destination('stable', 98), destination('canary', 2)] }

executorContract('A canary away by the weights of a VirtualService, by degrees', (trouble) =>
  platform({ http: [aSmallShare] }, 'gradual', trouble),
)
executorContract('A canary away by the weights of an HTTPRoute, at once', (trouble) =>
  platform({ traffic: byGateway }, 'immediate', trouble),
)

async function platform(setup: Setup, pace: Pace, trouble?: Trouble): Promise<Platform> {
  const fence = aFence()
  const w = await trafficWorld({
    ...setup,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  return awayPlatform(w, fence, {
    mechanism: 'mesh-reroute',
    pace,
    change: 'canary at 0 % of the requests',
    route: w.path,
  })
}
