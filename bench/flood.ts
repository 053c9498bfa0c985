import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import { aGroup, anAlert, proof } from '../test/webhooks/senders.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { alone, type Result } from './harness/compare.ts'
import { type BenchDatabase, withDatabase } from './harness/database.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import { once } from './harness/timing.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
/** As many as a sender with this many connections has under way. */
const connections = 64
const clicksPerSecond = 10
const idleMs = 10_000

/** What comes in by the thousand: each is another, and signed. */
interface Kind {
  readonly name: string
  readonly path: string
  request(shop: Shop, at: number): { readonly body: string; readonly headers: Headers }
  /** How many of them the database holds. */
  readonly kept: string
}
type Headers = Readonly<Record<string, string>>

const kinds: readonly Kind[] = [
  {
    name: 'commands',
    path: '/slack/events',
    request({ signingSecret }, at) {
      const body = new URLSearchParams({
        command: '/rollback',
        text: 'help',
        team_id: 'T0EXAMPLE1',
        api_app_id: 'A0COUNTERM',
        user_id: `U0FLOOD${at}`,
        channel_id: 'C0CHECKOUT',
        trigger_id: `flood.${at}`,
      }).toString()
      return { body, headers: signed(signingSecret, body) }
    },
    kept: `SELECT count(*)::int AS kept FROM inbox WHERE person LIKE '%:U0FLOOD%'`,
  },
  {
    name: 'alerts',
    path: '/webhooks/grafana',
    request(_, at) {
      const fingerprint = `flood-${at}`
      const body = JSON.stringify(aGroup(anAlert({ service: 'checkout', fingerprint })))
      return { body, headers: proof('grafana', body) }
    },
    kept: `SELECT count(*)::int AS kept FROM inbox WHERE source = 'webhook'`,
  },
]

/** 10 000 of each kind at once, how many are taken in, and how soon a press of [Approve] is acknowledged meanwhile. */
export async function flood(): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const kind of kinds) results.push(...(await withDatabase((given) => flooded(kind, given))))
  return results
}

async function flooded(kind: Kind, { owner, ownerUrl }: BenchDatabase): Promise<readonly Result[]> {
  const shop = await startShop({
    databaseUrl: ownerUrl,
    services: ['checkout'],
    apart: true,
    webhooks: ['grafana'],
  })
  const play = rollbacks(shop, owner)
  try {
    await play.asks('checkout')
    await play.asked('checkout')
    const press = presses(shop, structuredClone(play.card('checkout')))
    await press()
    const idle = await pressedWhile(press, sleep(idleMs))
    const began = performance.now()
    const flooding = floods(shop, kind).then((found) => ({ ...found, at: performance.now() }))
    const busy = await pressedWhile(press, flooding)
    const { accepted, putOff, at: ended } = await flooding
    const { rows } = await owner.query<{ kept: number }>(kind.kept)
    return [
      alone({
        what: `${posts} ${kind.name} durable`,
        unit: 's',
        name: 'countermand',
        samples: [(ended - began) / 1_000],
        goal: { atMost: 10 },
        notes: [
          `taken in ${accepted}, put off with 429 ${putOff}, neither ${posts - accepted - putOff}; in the database ${rows[0]?.kept}`,
        ],
      }),
      alone({
        what: `acknowledgement of a press during ${kind.name}, p99 by that at rest`,
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

async function floods(
  shop: Shop,
  { path, request: made }: Kind,
): Promise<{ readonly accepted: number; readonly putOff: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = posts
  let accepted = 0
  let putOff = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const { body, headers } = made(shop, left)
      const status = await post(`${shop.url}${path}`, body, headers, agent)
      if (status === 200 || status === 202) accepted += 1
      if (status === 429) putOff += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  agent.destroy()
  return { accepted, putOff }
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

/** As Slack signs it. */
function signed(signingSecret: string, body: string): Headers {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const mac = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${mac}`,
  }
}

/** The answer's status. */
function post(url: string, body: string, headers: Headers, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body)
  })
}
