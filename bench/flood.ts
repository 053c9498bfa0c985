import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { onCall, type Shop, startShop } from '../test/chaos/shop.ts'
import { rollbacks } from '../test/chaos/rollbacks.ts'
import type { Posted } from '#sandbox/slack/model.ts'
import { alone, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import { once } from './harness/timing.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
/** As many as a sender with this many connections has under way. */
const connections = 64
const clicksPerSecond = 10
const idleMs = 10_000

/**
 * 10 000 distinct signed commands at once, each from somebody else, and how soon a press of [Approve] is acknowledged meanwhile.
 * Alerts are another bench: they come in the same way, and cost less, because none is answered.
 */
export async function flood(): Promise<readonly Result[]> {
  return withDatabase(async ({ owner, ownerUrl }) => {
    const shop = await startShop({ databaseUrl: ownerUrl, services: ['checkout'], apart: true })
    const play = rollbacks(shop, owner)
    try {
      await play.asks('checkout')
      await play.asked('checkout')
      const press = presses(shop, structuredClone(play.card('checkout')))
      await press()
      const idle = await pressedWhile(press, sleep(idleMs))
      const began = performance.now()
      const flooding = floods(shop)
      const busy = await pressedWhile(press, flooding)
      const took = performance.now() - began
      const { accepted, refused } = await flooding
      const { rows } = await owner.query<{ kept: number }>(
        `SELECT count(*)::int AS kept FROM inbox WHERE person LIKE '%:U0FLOOD%'`,
      )
      const p99 = (samples: readonly number[]) =>
        quantile(
          samples.toSorted((a, b) => a - b),
          0.99,
        )
      return [
        alone({
          what: `${posts} commands durable`,
          unit: 's',
          name: 'countermand',
          samples: [took / 1_000],
          goal: { atMost: 10 },
          notes: [
            `acknowledged ${accepted}, refused ${refused}, of those acknowledged in the database ${rows[0]?.kept}`,
          ],
        }),
        alone({
          what: 'acknowledgement of a press during it, p99 by that at rest',
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
  })
}

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
): Promise<{ readonly accepted: number; readonly refused: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = posts
  let accepted = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const body = new URLSearchParams({
        command: '/rollback',
        text: 'help',
        team_id: 'T0EXAMPLE1',
        api_app_id: 'A0COUNTERM',
        user_id: `U0FLOOD${left}`,
        channel_id: 'C0CHECKOUT',
        trigger_id: `flood.${left}`,
      }).toString()
      if ((await post(shop, body, agent)) === 200) accepted += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  agent.destroy()
  return { accepted, refused: posts - accepted }
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

/** As Slack signs it; the answer's status. */
function post({ url, signingSecret }: Shop, body: string, agent: Agent): Promise<number> {
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const signature = createHmac('sha256', signingSecret)
    .update(`v0:${timestamp}:${body}`)
    .digest('hex')
  return new Promise((resolve, reject) => {
    request(
      `${url}/slack/events`,
      {
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${signature}`,
        },
      },
      (response) => response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body)
  })
}
