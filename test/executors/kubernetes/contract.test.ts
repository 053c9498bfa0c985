import type { Fault } from '#sandbox/cluster/faults.ts'
import { executorContract, type Platform, type Trouble } from '../contract.ts'
import { aWorld, type Kind, kinds, until } from './world.ts'

for (const kind of kinds) executorContract(kind, () => platform(kind))
executorContract('A paused Deployment', async () => {
  const world = await platform('Deployment', true)
  return world
})

async function platform(kind: Kind, isPaused = false): Promise<Platform> {
  const world = await aWorld({ kind })
  if (isPaused) await world.request('PATCH', world.path, { spec: { paused: true } })
  await until(async () => (await world.observe()).units.ready === 3)
  await until(async () => (await world.observe()).blockers.length === 0)
  const good = await world.revision('v2.2.1')
  const bad = await world.revision('v2.3.0')
  let changes = 0
  world.cluster.onChange(({ before, object }) => {
    const [was, is] = [before, object].map((one) => one?.metadata.annotations?.[operationKey])
    if (object.kind === kind && is !== was) changes += 1
  })
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    good,
    bad,
    wanted: () => structuredClone(world.cluster.get(kind, 'production', 'checkout')?.spec),
    changes: () => changes,
    trouble: (trouble, times) =>
      world.cluster.faults.add({ method: 'PATCH', times, ...faultOf(trouble) }),
    shipAnother: () => world.ship('2.4.0'),
    removeTarget: () => world.request('DELETE', world.path),
    close: world.close,
  }
}

const operationKey = 'countermand.dev/operation'

function faultOf(trouble: Trouble): Fault {
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
