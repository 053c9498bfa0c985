import { setTimeout as sleep } from 'node:timers/promises'
import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { alone, type Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import { type Flood, flooder, type Sent } from './harness/flooding.ts'
import { once } from './harness/timing.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
const clicksPerSecond = 10
const idleMs = 10_000
/** Each on a database of its own: to work off ten thousand takes longer than to take them in. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3)
/** Before anything is measured: whatever runs for the first time is slow, on both sides. */
const warmUp = 1_000

/** How many of them the database holds. */
const kept: Readonly<Record<Flood, string>> = {
  commands: `SELECT count(*)::int AS kept FROM inbox WHERE person LIKE '%:U0FLOOD%'`,
  alerts: `SELECT count(*)::int AS kept FROM inbox WHERE source = 'webhook'`,
}

/** 10 000 of each kind at once, how many are taken in, and how soon a press of [Approve] is acknowledged meanwhile. */
export async function flood(): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const flood of Object.keys(kept) as Flood[]) {
    const seen: Seen[] = []
    for (let round = 0; round < rounds; round += 1)
      seen.push(await withDatabase((given) => flooded(flood, given)))
    results.push(...told(flood, seen))
  }
  return results
}

interface Seen {
  /** Milliseconds of each press, at rest and during the flood. */
  readonly idle: readonly number[]
  readonly busy: readonly number[]
  readonly sent: Sent
  readonly kept: number
}

async function flooded(flood: Flood, { owner, ownerUrl }: BenchDatabase): Promise<Seen> {
  const shop = await startShop({
    databaseUrl: ownerUrl,
    services: ['checkout'],
    apart: true,
    straight: true,
    webhooks: ['grafana'],
  })
  const play = rollbacks(shop, owner)
  const sender = flooder({ flood, url: shop.url, signingSecret: shop.signingSecret })
  try {
    await play.asks('checkout')
    await play.asked('checkout')
    const press = presses(shop, structuredClone(play.card('checkout')))
    await press()
    await sender.sends(warmUp)
    const idle = await pressedWhile(press, sleep(idleMs))
    const flooding = sender.sends(posts)
    const busy = await pressedWhile(press, flooding)
    const { rows } = await owner.query<{ kept: number }>(kept[flood])
    return { idle, busy, sent: await flooding, kept: (rows[0]?.kept ?? 0) - warmUp }
  } finally {
    await sender.close()
    await shop.close()
  }
}

function told(flood: Flood, seen: readonly Seen[]): readonly Result[] {
  const sum = (of: (one: Seen) => number) => seen.reduce((all, one) => all + of(one), 0)
  const [accepted, putOff] = [sum(({ sent }) => sent.accepted), sum(({ sent }) => sent.putOff)]
  const all = rounds * posts
  const idle = seen.flatMap((one) => one.idle)
  const busy = seen.flatMap((one) => one.busy)
  return [
    alone({
      what: `${posts} ${flood} durable`,
      unit: 's',
      name: 'countermand',
      samples: seen.map(({ sent }) => sent.took / 1_000),
      goal: { atMost: 10 },
      notes: [
        `of ${all} taken in ${accepted}, put off with 429 ${putOff}, neither ${all - accepted - putOff}; in the database ${sum((one) => one.kept)}`,
      ],
    }),
    alone({
      what: `acknowledgement of a press during ${flood}, p99 by that at rest`,
      unit: '×',
      name: 'countermand',
      samples: [p99(busy) / p99(idle)],
      goal: { atMost: 2 },
      notes: [pressesTold('at rest', idle), pressesTold('during it', busy)],
    }),
  ]
}

const pressesTold = (when: string, took: readonly number[]): string =>
  `${when}: p50 ${figuresOf(took).median.toFixed(1)} ms, p99 ${p99(took).toFixed(1)} ms, ${took.length} presses`

const p99 = (samples: readonly number[]): number =>
  quantile(
    samples.toSorted((a, b) => a - b),
    0.99,
  )

/** Milliseconds of each press, a few a second, as long as `going` goes on. */
async function pressedWhile(
  press: () => Promise<number>,
  going: Promise<unknown>,
): Promise<readonly number[]> {
  const took: Promise<number>[] = []
  const over = going.then(() => true)
  while (!(await Promise.race([over, sleep(1_000 / clicksPerSecond, false)]))) took.push(press())
  return Promise.all(took)
}

/** Milliseconds until Slack has its answer, also where the button had been pressed before. */
function presses({ slack }: Shop, card: Posted | undefined): () => Promise<number> {
  if (!card) throw new Error('there is no card')
  let turn = 0
  return () => {
    turn += 1
    const who = slack.as(onCall[turn % onCall.length]?.id ?? '')
    return once(() => who.click(card, 'Approve', { confirm: true }))
  }
}
