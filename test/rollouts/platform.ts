import { z } from 'zod'
import type { Platform } from '../executors/contract.ts'
import { aFence } from '../executors/fence.ts'
import type { Trouble } from '../executors/troubles.ts'
import { faultOf } from '../executors/kubernetes/contract-platform.ts'
import { podsEach } from '../clusters/backend.ts'
import { aWorld, type Setup, until, type World } from './world.ts'

/** checkout as a Rollout on the real controller, as the executor's contract wants it. */
export async function platform(setup: Setup, trouble?: Trouble): Promise<Platform> {
  const fence = aFence()
  const world = await aWorld({
    ...setup,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  // The version before is out of service: going back to it within its delay, the controller needs no word of ours.
  await until(async () => (await world.cluster.pods()).length === podsEach)
  const good = await world.revision('v2.2.1')
  const bad = await world.revision('v2.3.0')
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good,
    bad,
    fence,
    change: 'template restored',
    wanted: () => wanted(world),
    changes: () => changesIn(world).length,
    trouble: (given, times) =>
      world.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: async () => void (await world.ship('shop/checkout:2.4.0')),
    removeTarget: async () => void (await world.cluster.must('DELETE', world.path)),
    close: world.close,
  }
}

/** The API server fills nothing into a Rollout's template; what it fills into the ReplicaSet's comes back by it, and means the same. */
async function wanted(world: World): Promise<unknown> {
  const { spec } = await world.look()
  const { template, ...rest } = spec
  const { image, env } = template.spec.containers[0] as { image: string; env?: unknown }
  return { ...rest, template: { labels: template.metadata.labels, image, env } }
}

/** The changes that the cluster made, by what it answered; to repeat one is none. */
function changesIn({ cluster, path }: World): readonly string[] {
  return cluster.requests
    .filter(
      (one) => one.method === 'PATCH' && one.path.startsWith(path) && !one.query.includes('dryRun'),
    )
    .flatMap((one) => Answered.safeParse(one.answer).data ?? [])
    .map(({ metadata, status }) =>
      [
        metadata.annotations?.['countermand.dev/operation'],
        status?.abort ? 'aborted' : '',
        status?.promoteFull ? 'promoted' : '',
      ].join(' '),
    )
    .filter((change, index, all) => change !== all[index - 1])
}

const Answered = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
  status: z
    .object({ abort: z.boolean().optional(), promoteFull: z.boolean().optional() })
    .optional(),
})
