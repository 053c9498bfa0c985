import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import type { Trouble } from '../troubles.ts'
import { faultOf } from './contract-platform.ts'
import { operationsIn } from './operations-in.ts'
import { trafficWorld } from './traffic-world.ts'
import { until } from './world.ts'

promoterContract('A canary Deployment behind the weights of a VirtualService', platform)

async function platform(trouble?: Trouble): Promise<CanaryPlatform> {
  const w = await trafficWorld({ isImpatient: trouble?.kind === 'late' })
  const asked = async (path: string) => {
    const { status, body } = await w.cluster.backend.ask('GET', path)
    return status === 200 ? body['spec'] : undefined
  }
  return {
    executor: w.executor,
    restarted: w.freshExecutor,
    target: w.target,
    next: 50,
    wanted: () =>
      Promise.all(
        [w.deploymentPath('checkout'), w.deploymentPath('checkout-canary'), w.path].map(asked),
      ),
    changes: () => operationsIn(w.cluster).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    async shipAnother() {
      await w.shipBeside('2.4.0')
      await until(async () => (await w.seen()).canary?.name === 'v2.4.0')
      await until(async () => (await w.seen()).blockers.length === 0)
    },
    async removeTarget() {
      for (const name of ['checkout-canary', 'checkout'])
        await w.cluster.must('DELETE', w.deploymentPath(name))
    },
    close: w.close,
  }
}
