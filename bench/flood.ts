import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import { z } from 'zod'
import type { Posted } from '#sandbox/slack/model.ts'
import { startOptions } from './harness/as-started.ts'
import { alone, type Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import { type Flood, flooder, type Sent } from './harness/flooding.ts'
import { pacer } from './harness/pacing.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
const perSecond = 10
/** At rest and during a flood: it takes no longer to press them than it takes to let ten thousand in. */
const pressed = 50
/** Each on a database of its own: to work off ten thousand takes longer than to take them in. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 6)
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
  /** Some were pressed when the flood was over: they say nothing. */
  readonly isOverBefore: boolean
  readonly sent: Sent
  readonly kept: number
}

async function flooded(flood: Flood, { owner, ownerUrl }: BenchDatabase): Promise<Seen> {
  const shop = await startShop({
    databaseUrl: ownerUrl,
    services: ['checkout'],
    apart: startOptions,
    straight: true,
    webhooks: ['grafana'],
  })
  const play = rollbacks(shop, owner)
  const { url, signingSecret } = shop
  const sender = flooder({ flood, url, signingSecret })
  const { paced, close } = pacer(signingSecret)
  try {
    await play.asks('checkout')
    await play.asked('checkout')
    const payloads = presses(await pressOf(shop, structuredClone(play.card('checkout'))))
    const press = () => paced({ url, perSecond, payloads: payloads(pressed) })
    await sender.sends(warmUp)
    const idle = await press()
    let isOver = false
    const flooding = sender.sends(posts).finally(() => {
      isOver = true
    })
    const busy = await press()
    const isOverBefore = isOver
    const sent = await flooding
    const { rows } = await owner.query<{ kept: number }>(kept[flood])
    return { idle, busy, isOverBefore, sent, kept: (rows[0]?.kept ?? 0) - warmUp }
  } finally {
    await Promise.all([sender.close(), close()])
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
      notes: [
        pressesTold('at rest', idle),
        pressesTold('during it', busy),
        ...(seen.some(({ isOverBefore }) => isOverBefore)
          ? ['some were pressed after it: it was over too soon for this to say anything']
          : []),
      ],
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

const Press = z.looseObject({ user: z.looseObject({ id: z.string() }) })
type Press = z.infer<typeof Press>

/** What Slack sends when somebody presses the button. */
async function pressOf({ slack }: Shop, card: Posted | undefined): Promise<Press> {
  if (!card) throw new Error('there is no card')
  await slack.as(onCall[0]?.id ?? '').click(card, 'Approve', { confirm: true })
  const { sent } = slack.requests().findLast((one) => one.sent.body.startsWith('payload=')) ?? {}
  const { response_url: _, ...press } = Press.parse(
    JSON.parse(new URLSearchParams(sent?.body).get('payload') ?? '{}'),
  )
  return press
}

/** The same press as often as asked for, by each of those on call in turn. */
function presses(press: Press): (times: number) => readonly string[] {
  let turn = 0
  return (times) =>
    Array.from({ length: times }, () => {
      turn += 1
      const id = onCall[turn % onCall.length]?.id ?? ''
      return JSON.stringify({ ...press, user: { ...press.user, id }, trigger_id: `${turn}.flood` })
    })
}
