import { randomBytes } from 'node:crypto'
import { fromDate } from '#domain/time.ts'
import { type SandboxWorld, startWorld, type WorldOptions } from '#sandbox/world.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { shipBad } from '#sandbox/shop/shipments.ts'
import { freshDatabase } from './database.ts'
import { silent } from './database-server.ts'

/** The minute in which every scenario begins. */
const curtain = new Date('2026-11-21T14:20:00Z')

export interface Stage extends Awaited<ReturnType<typeof stage>> {}

/** The whole product in its pretend world, on a clock that stands still until it is moved. */
export async function stage(
  options: Partial<Pick<WorldOptions, 'configured' | 'podStartMs'>> = {},
) {
  const database = await freshDatabase()
  const world: SandboxWorld = await startWorld({
    port: 0,
    database: { ownerUrl: database.ownerUrl, url: database.url },
    key: randomBytes(32),
    log: silent,
    podStartMs: 20,
    ...options,
  })
  await world.clock.freeze(fromDate(curtain))
  const { slack, clock, app, cluster } = world

  const settled = async () => {
    await app.jobs.kick()
    await app.jobs.settled()
  }

  return {
    world,
    settled,
    /** Moves the clock and lets everything happen that is due by then. */
    async passes(minutes: number) {
      await clock.move(minutes)
      await settled()
    },
    async ships(service: string, kind: Parameters<typeof shipBad>[2] = 'errors') {
      shipBad(cluster, service, kind)
      await slack.until(() => isOut(world, service, kind), 10_000)
    },
    async types(user: string, line: string, channel = 'checkout') {
      await slack.as(user).command(line, { channel })
      await settled()
    },
    async presses(user: string, label: string, message: Posted) {
      await slack.as(user).click(message, label, { confirm: true })
      await settled()
    },
    /** The pinned card of the newest incident channel. */
    card(): Posted {
      const room = slack.channels().findLast(({ name }) => name.startsWith('inc-'))
      const posted =
        room && slack.messages(room.id).find(({ message }) => room.pins.includes(message.ts))
      if (!posted) throw new Error(`no card is pinned yet:\n${slack.transcript()}`)
      return posted
    },
    lastPrivate: (user: string): string => {
      const last = slack.ephemerals(user).at(-1)
      return last ? slack.words(last.message) : ''
    },
    transcript: () => slack.transcript(),
    async close() {
      await world.close()
      await database.close()
    },
  }
}

/** The shipped version has come as far as it will come. */
function isOut({ cluster }: SandboxWorld, service: string, kind: string | undefined): boolean {
  const pods = cluster
    .pods('production')
    .filter(({ metadata }) => metadata.labels?.['app'] === service)
  const images = new Set(pods.map((pod) => pod.spec.containers[0]?.image))
  return kind === undefined || kind === 'errors' || kind === 'slow'
    ? images.size === 1
    : images.size > 1
}
