import { z } from 'zod'
import { pathOf } from '../../clusters/backend.ts'
import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import type { Trouble } from '../troubles.ts'
import { type ColoursWorld, coloursWorld } from './colours-world.ts'
import { faultOf } from './contract-platform.ts'

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
    changes: () => changesIn(w).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: () => w.ships('2.5.0'),
    async removeTarget() {
      for (const name of ['checkout-green', 'checkout-blue'])
        await w.cluster.must('DELETE', pathOf('Deployment', w.spec.namespace, name))
    },
    close: w.close,
  }
}

/** By what the cluster answered; to repeat one is none. */
const changesIn = ({ cluster }: ColoursWorld): readonly string[] =>
  cluster.requests
    .filter(({ method, query }) => method === 'PATCH' && !query.includes('dryRun'))
    .flatMap(({ path, answer }) => {
      const { data } = Answered.safeParse(answer)
      return data ? [`${path} ${data.metadata.annotations['countermand.dev/operation']}`] : []
    })
    .filter((change, index, all) => change !== all[index - 1])

const Answered = z.object({
  metadata: z.object({ annotations: z.object({ 'countermand.dev/operation': z.string() }) }),
})
