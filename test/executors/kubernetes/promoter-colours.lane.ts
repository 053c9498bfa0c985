import { pathOf } from '../../clusters/backend.ts'
import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import type { Trouble } from '../troubles.ts'
import { coloursWorld } from './colours-world.ts'
import { faultOf } from './contract-platform.ts'
import { operationsIn } from './operations-in.ts'

promoterContract('The next version in the other colour', platform)

async function platform(trouble?: Trouble): Promise<CanaryPlatform> {
  const w = await coloursWorld({ blue: { replicas: 1 }, isImpatient: trouble?.kind === 'late' })
  await w.ships('2.4.0')
  const wanted = async (name: string) => (await w.cluster.get('Deployment', name))?.spec
  return {
    executor: w.executor,
    restarted: () => w.freshExecutor(),
    target: w.target,
    next: 100,
    wanted: async () => [
      await w.selects(),
      await wanted('checkout-blue'),
      await wanted('checkout-green'),
    ],
    changes: () => operationsIn(w.cluster).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: () => w.ships('2.5.0'),
    async removeTarget() {
      for (const name of ['checkout-green', 'checkout-blue'])
        await w.cluster.must('DELETE', pathOf('Deployment', w.spec.namespace, name))
    },
    close: w.close,
  }
}
