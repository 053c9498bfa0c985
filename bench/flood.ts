import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Posted } from '#sandbox/slack/model.ts'
import { startOptions } from './harness/as-started.ts'
import type { Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { type Flood, flooder } from './harness/flooding.ts'
import type { Acknowledged } from './harness/load.ts'
import { pacer } from './harness/pacing.ts'
import { type Flooded, floodTold, type Pressed } from './flood-told.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
const perSecond = 10
/** At rest and during a flood: it takes no longer to press them than it takes to let ten thousand in, and nobody presses more often than a person may within a minute. */
const pressed = 50
/** Until what was asked for and pressed is carried out: it may wait for much else. */
const workedOffWithinMs = 120_000
/** Each on a database of its own: to work off ten thousand takes longer than to take them in. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 6)
/** Before anything is measured: whatever runs for the first time is slow, on both sides. */
const warmUp = Math.min(1_000, posts)

/** How many of them the database holds. */
const kept: Readonly<Record<Flood, string>> = {
  commands: `SELECT count(*)::int AS kept FROM inbox WHERE person LIKE '%:U0FLOOD%'`,
  alerts: `SELECT count(*)::int AS kept FROM inbox WHERE source = 'webhook'`,
}

/** 10 000 of each kind at once, how many are taken in, and how soon a press of [Approve] is acknowledged and decided meanwhile. */
export async function flood(): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const flood of Object.keys(kept) as Flood[]) {
    const seen: Flooded[] = []
    for (let round = 0; round < rounds; round += 1)
      seen.push(await withDatabase((given) => flooded(flood, given)))
    results.push(...floodTold(flood, posts, seen))
  }
  return results
}

async function flooded(flood: Flood, { owner, ownerUrl }: BenchDatabase): Promise<Flooded> {
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
    const press = (times: number) => paced({ url, perSecond, payloads: payloads(times) })
    const rows = async () =>
      (await owner.query<{ kept: number }>(kept[flood])).rows[0]?.kept ?? Number.NaN
    await decided(owner, await press(onCall.length))
    await play.settled(['checkout'], workedOffWithinMs)
    // Before anything is let in: nobody can tell these people anything, so that is tried for minutes.
    const idle = await decided(owner, await press(pressed))
    await sender.sends(warmUp)
    const before = await rows()
    let isOver = false
    const flooding = sender.sends(posts).finally(() => {
      isOver = true
    })
    const during = await press(pressed)
    const isOverBefore = isOver
    const sent = await flooding
    const after = await rows()
    return { idle, busy: await decided(owner, during), isOverBefore, sent, kept: after - before }
  } finally {
    await Promise.all([sender.close(), close()])
    await shop.close()
  }
}

/** Each press with the moment at which the record says what was decided on it, once all are or time is up. */
async function decided(
  owner: BenchDatabase['owner'],
  presses: readonly Acknowledged[],
): Promise<readonly Pressed[]> {
  const began = performance.now()
  for (;;) {
    const { rows } = await owner.query<{ delivery: string; at: number }>(
      `SELECT payload ->> 'delivery' AS delivery, (micros(at) / 1000.0)::float8 AS at
         FROM timeline_events
        WHERE kind IN ('approval_given', 'decision_refused') AND payload ->> 'delivery' = ANY ($1)`,
      [presses.map(({ delivery }) => delivery)],
    )
    const known = new Map(rows.map(({ delivery, at }) => [delivery, at]))
    if (known.size === presses.length || performance.now() - began > workedOffWithinMs)
      return presses.map(({ took, at, delivery }) => {
        const end = known.get(delivery)
        return { took, decided: end === undefined ? undefined : end - at }
      })
    await sleep(100)
  }
}

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
