import { executorContract } from '../contract.ts'
import { aFence } from '../fence.ts'
import { aCanaryWorld } from './canary-world.ts'
import { awayPlatform } from './contract-away.ts'

executorContract('A canary Deployment away by degrees', async (trouble) => {
  const fence = aFence()
  const w = await aCanaryWorld({
    canary: 2,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  return awayPlatform(w, fence, {
    mechanism: 'canary-scale-down',
    pace: 'gradual',
    change: 'checkout-canary scaled to 0',
  })
})
