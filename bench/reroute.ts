import { randomBytes } from 'node:crypto'
import type { Posted } from '#sandbox/slack/model.ts'
import { withMesh } from '#sandbox/shop/config.ts'
import { shipCanary } from '#sandbox/shop/shipments.ts'
import { type SandboxWorld, startWorld } from '#sandbox/world.ts'
import { alone, type Result } from './harness/compare.ts'
import { loud, withDatabase } from './harness/database.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)

/**
 * The whole product in its pretend world, a new one each time, from the press of [Approve] on: a bad canary behind the weights of a VirtualService,
 * and a bad version whose flag is switched off.
 */
export async function reroute(): Promise<readonly Result[]> {
  const all: Took[] = []
  const flags: Took[] = []
  for (let round = 0; round < rounds; round += 1) {
    all.push(await inItsWorld(rerouted))
    flags.push(await inItsWorld(switchedOff))
  }
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
    row(
      'approved → the flag is off at its provider',
      flags.map(({ moved }) => moved),
      30_000,
    ),
    row(
      'approved → switched off, read back, and the card says so',
      flags.map(({ done }) => done),
      30_000,
    ),
  ]
}

/** Milliseconds from the press: until the platform has it, and until the card says it. */
interface Took {
  readonly moved: number
  readonly done: number
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
      hasFlags: true,
    })
    try {
      await world.app.jobs.settled()
      return await act(world)
    } finally {
      await world.close()
    }
  })

async function rerouted(world: SandboxWorld): Promise<Took> {
  const { cluster } = world
  const canary = () => {
    const [route] = cluster.get('VirtualService', 'production', 'payments')?.spec.http ?? []
    return route?.route?.[1]?.weight
  }
  shipCanary(cluster, 'payments', 'errors')
  await until(
    () => cluster.get('Deployment', 'production', 'payments-canary')?.status.readyReplicas === 1,
  )
  return approved(world, 'payments', () => canary() === 0)
}

async function switchedOff(world: SandboxWorld): Promise<Took> {
  const { cluster, flags } = world
  if (!flags) throw new Error('the shop has no flags')
  const image = flags.ship('checkout')
  await until(() => {
    const pods = cluster
      .pods('production')
      .filter(({ metadata }) => metadata.labels?.['app'] === 'checkout')
    return pods.length > 0 && pods.every((pod) => pod.spec.containers[0]?.image === image)
  })
  flags.open('checkout', 100)
  return approved(world, 'checkout', () => !flags.find('checkout').isOn)
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Asks for the rollback, presses [Approve], and looks every 5 ms whether the platform has it. */
async function approved(
  world: SandboxWorld,
  service: string,
  isOver: () => boolean,
): Promise<Took> {
  const { app, slack } = world
  const before = slack.channels().length
  await slack
    .as('onCall')
    .command(`/rollback ${service} --reason "errors since the deploy" --severity critical`, {
      channel: 'checkout',
    })
  await slack.until(() => slack.channels().length > before && cardOf(world) !== undefined)
  await app.jobs.settled()
  const card = cardOf(world)
  if (!card) throw new Error('there is no card')

  const pressed = performance.now()
  const moved = seen(world, isOver, pressed)
  await slack.as('teamLead').click(card, 'Approve', { confirm: true })
  const took = await moved
  await slack.until(() =>
    new RegExp(`${service} is on v`).test(slack.words(cardOf(world)?.message ?? card.message)),
  )
  return { moved: took, done: performance.now() - pressed }
}

async function seen(
  { slack }: SandboxWorld,
  isOver: () => boolean,
  pressed: number,
): Promise<number> {
  while (!isOver()) {
    if (performance.now() - pressed > 30_000)
      throw new Error(`nothing came of it:\n${slack.transcript()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - pressed
}

function cardOf({ slack }: SandboxWorld): Posted | undefined {
  const room = slack.channels().findLast(({ name }) => name.startsWith('inc-'))
  return room && slack.messages(room.id).findLast(({ message }) => room.pins.includes(message.ts))
}
