import { z } from 'zod'
import { type CanaryPlatform, promoterContract } from '../promoter-contract.ts'
import type { Trouble } from '../troubles.ts'
import { aCanaryWorld, type CanaryWorld } from './canary-world.ts'
import { faultOf } from './contract-platform.ts'
import { until } from './world.ts'

promoterContract('A canary Deployment beside the stable one', platform)

async function platform(trouble?: Trouble): Promise<CanaryPlatform> {
  const w = await aCanaryWorld({ isImpatient: trouble?.kind === 'late' })
  return {
    executor: w.executor,
    restarted: w.freshExecutor,
    target: w.target,
    next: 67,
    wanted: async () => [(await w.workload()).spec, (await w.beside())?.spec],
    changes: () => changesIn(w).length,
    trouble: (given, times) => w.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    async shipAnother() {
      await w.shipBeside('2.4.0')
      await until(async () => (await w.seen()).canary?.name === 'v2.4.0')
      await until(async () => (await w.seen()).blockers.length === 0)
    },
    async removeTarget() {
      await w.request('DELETE', w.besidePath)
      await w.request('DELETE', w.path)
    },
    close: w.close,
  }
}

/** By what the cluster answered; to repeat one is none. */
const changesIn = ({ patches }: CanaryWorld): readonly string[] =>
  patches()
    .flatMap(({ path, answer }) => {
      const { data } = Answered.safeParse(answer)
      return data ? [`${path} ${data.metadata.annotations['countermand.dev/operation']}`] : []
    })
    .filter((change, index, all) => change !== all[index - 1])

const Answered = z.object({
  metadata: z.object({ annotations: z.object({ 'countermand.dev/operation': z.string() }) }),
})
