import { executorContract } from '../contract.ts'
import { aFence } from '../fence.ts'
import { awayPlatform } from './contract-away.ts'
import { trafficWorld } from './traffic-world.ts'

executorContract('A canary that gets the stable version', async (trouble) => {
  const fence = aFence()
  const w = await trafficWorld({
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  return awayPlatform(w, fence, {
    mechanism: 'deployment-undo',
    pace: 'immediate',
    change: 'v2.2.1 given to checkout-canary',
  })
})
