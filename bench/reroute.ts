import { randomBytes } from 'node:crypto'
import type { Posted } from '#sandbox/slack/model.ts'
import { withMesh } from '#sandbox/shop/config.ts'
import { shipCanary } from '#sandbox/shop/shipments.ts'
import { type SandboxWorld, startWorld } from '#sandbox/world.ts'
import { alone, type Result } from './harness/compare.ts'
import { loud, withDatabase } from './harness/database.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)

/** The whole product in its pretend world, a new one each time: a bad canary behind the weights of a VirtualService, from the press of [Approve] on. */
export async function reroute(): Promise<readonly Result[]> {
  const all: Awaited<ReturnType<typeof rerouted>>[] = []
  for (let round = 0; round < rounds; round += 1) all.push(await inItsWorld(rerouted))
  const row = (what: string, samples: readonly number[], atMost: number) =>
    alone({ what, unit: 'ms', name: 'countermand', samples, goal: { atMost } })
  return [
    row(
      'approved → the route sends nothing to the canary',
      all.map(({ moved }) => moved),
      10_000,
    ),
    row(
      'approved → executed, and the card says so',
      all.map(({ done }) => done),
      30_000,
    ),
  ]
}

const inItsWorld = <Found>(act: (world: SandboxWorld) => Promise<Found>): Promise<Found> =>
  withDatabase(async ({ ownerUrl, url }) => {
    const world = await startWorld({
      port: 0,
      database: { ownerUrl, url },
      key: randomBytes(32),
      log: loud,
      podStartMs: 20,
      configured: withMesh,
      hasMesh: true,
    })
    try {
      await world.app.jobs.settled()
      return await act(world)
    } finally {
      await world.close()
    }
  })

async function rerouted(world: SandboxWorld) {
  const { app, cluster, slack } = world
  const canary = () => {
    const [route] = cluster.get('VirtualService', 'production', 'payments')?.spec.http ?? []
    return route?.route?.[1]?.weight
  }
  shipCanary(cluster, 'payments', 'errors')
  const isReady = () =>
    cluster.get('Deployment', 'production', 'payments-canary')?.status.readyReplicas === 1
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 20))
  const before = slack.channels().length
  await slack
    .as('onCall')
    .command('/rollback payments --reason "errors on the canary" --severity critical', {
      channel: 'checkout',
    })
  await slack.until(() => slack.channels().length > before && cardOf(world) !== undefined)
  await app.jobs.settled()
  const card = cardOf(world)
  if (!card) throw new Error('there is no card')

  const pressed = performance.now()
  const moved = new Promise<number>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the weights did not move:\n${slack.transcript()}`)),
      30_000,
    )
    const stop = cluster.onChange(() => {
      if (canary() !== 0) return
      stop()
      clearTimeout(late)
      resolve(performance.now() - pressed)
    })
  })
  await slack.as('teamLead').click(card, 'Approve', { confirm: true })
  const took = await moved
  await slack.until(() =>
    /payments is on v/.test(slack.words(cardOf(world)?.message ?? card.message)),
  )
  const done = performance.now() - pressed
  return { moved: took, done }
}

function cardOf({ slack }: SandboxWorld): Posted | undefined {
  const room = slack.channels().findLast(({ name }) => name.startsWith('inc-'))
  return room && slack.messages(room.id).findLast(({ message }) => room.pins.includes(message.ts))
}
