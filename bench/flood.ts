import { setTimeout as sleep } from 'node:timers/promises'
import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { alone, type Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import { type Flood, floods } from './harness/flooding.ts'
import { once } from './harness/timing.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
const clicksPerSecond = 10
const idleMs = 10_000

/** How many of them the database holds. */
const kept: Readonly<Record<Flood, string>> = {
  commands: `SELECT count(*)::int AS kept FROM inbox WHERE person LIKE '%:U0FLOOD%'`,
  alerts: `SELECT count(*)::int AS kept FROM inbox WHERE source = 'webhook'`,
}

/** 10 000 of each kind at once, how many are taken in, and how soon a press of [Approve] is acknowledged meanwhile. */
export async function flood(): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const flood of Object.keys(kept) as Flood[])
    results.push(...(await withDatabase((given) => flooded(flood, given))))
  return results
}

async function flooded(
  flood: Flood,
  { owner, ownerUrl }: BenchDatabase,
): Promise<readonly Result[]> {
  const shop = await startShop({
    databaseUrl: ownerUrl,
    services: ['checkout'],
    apart: true,
    straight: true,
    webhooks: ['grafana'],
  })
  const play = rollbacks(shop, owner)
  try {
    await play.asks('checkout')
    await play.asked('checkout')
    const press = presses(shop, structuredClone(play.card('checkout')))
    await press()
    const idle = await pressedWhile(press, sleep(idleMs))
    const { url, signingSecret } = shop
    const flooding = floods({ flood, url, signingSecret, posts })
    const busy = await pressedWhile(press, flooding)
    const { accepted, putOff, took } = await flooding
    const { rows } = await owner.query<{ kept: number }>(kept[flood])
    return [
      alone({
        what: `${posts} ${flood} durable`,
        unit: 's',
        name: 'countermand',
        samples: [took / 1_000],
        goal: { atMost: 10 },
        notes: [
          `taken in ${accepted}, put off with 429 ${putOff}, neither ${posts - accepted - putOff}; in the database ${rows[0]?.kept}`,
        ],
      }),
      alone({
        what: `acknowledgement of a press during ${flood}, p99 by that at rest`,
        unit: '×',
        name: 'countermand',
        samples: [p99(busy) / p99(idle)],
        goal: { atMost: 2 },
        notes: [
          `at rest: p50 ${figuresOf(idle).median.toFixed(1)} ms, p99 ${p99(idle).toFixed(1)} ms, ${idle.length} presses`,
          `during it: p50 ${figuresOf(busy).median.toFixed(1)} ms, p99 ${p99(busy).toFixed(1)} ms, ${busy.length} presses`,
        ],
      }),
    ]
  } finally {
    await shop.close()
  }
}

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
