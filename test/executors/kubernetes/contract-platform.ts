import type { Fault } from '#sandbox/cluster/faults.ts'
import { z } from 'zod'
import type { Platform } from '../contract.ts'
import { aFence } from '../fence.ts'
import type { Trouble } from '../troubles.ts'
import { podsEach } from '../../clusters/backend.ts'
import { aWorld, type Kind, until, type World } from './world.ts'

/** checkout on a real or pretend cluster, as the executor's contract wants it; each kind is held to it in a file of its own. */
export async function platform(kind: Kind, trouble?: Trouble, isPaused = false): Promise<Platform> {
  const fence = aFence()
  const world = await aWorld({
    kind,
    isImpatient: trouble?.kind === 'late',
    beforeChange: fence.beforeChange,
  })
  if (isPaused) await world.request('PATCH', world.path, { spec: { paused: true } })
  await until(async () => (await world.observe()).units.ready === podsEach)
  await until(async () => (await world.observe()).blockers.length === 0)
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
    wanted: async () => (await world.cluster.get(kind, 'checkout'))?.spec,
    changes: () => operationsIn(world).length,
    trouble: (trouble, times) =>
      world.cluster.faults.add({ method: 'PATCH', times, ...faultOf(trouble) }),
    shipAnother: () => world.ship('2.4.0'),
    removeTarget: () => world.request('DELETE', world.path),
    close: world.close,
  }
}

const operationKey = 'countermand.dev/operation'

/** The changes of the target that the cluster made, by what it answered; to repeat one is none. */
function operationsIn({ patches }: World): readonly string[] {
  return patches()
    .flatMap(
      ({ answer }) => Answered.safeParse(answer).data?.metadata.annotations[operationKey] ?? [],
    )
    .filter((operation, index, all) => operation !== all[index - 1])
}

const Answered = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
})

export function faultOf(trouble: Trouble): Fault {
  switch (trouble.kind) {
    case 'status':
      return {
        status: trouble.status,
        ...(trouble.status === 429 ? { retryAfterSeconds: 0.05 } : {}),
      }
    case 'cut-before':
      return { cut: 'before' }
    case 'cut-after':
      return { cut: 'after' }
    case 'late':
      // Longer than this test's client waits: the change then takes effect after it gave up.
      return { delayMs: 2_000 }
  }
}
