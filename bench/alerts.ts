import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWorld } from '#sandbox/world.ts'
import { aGroup, anAlert, proof, webhookVariables } from '../test/webhooks/senders.ts'
import { silent } from '../test/support/database-server.ts'
import { alone, type Result } from './harness/compare.ts'
import { withDatabase } from './harness/database.ts'

const posts = Number(process.env['BENCH_POSTS'] ?? 10_000)
const connections = 64

/** 10 000 identical alerts and as many distinct ones, each in a request of its own, until all are taken in and dealt with. */
export async function alerts(): Promise<readonly Result[]> {
  return withDatabase(async ({ owner, ownerUrl }) => {
    const world = await startWorld({
      port: 0,
      database: { ownerUrl, url: ownerUrl },
      key: randomBytes(32),
      log: silent,
      editEveryMs: 0,
      variables: webhookVariables(['alertmanager']),
      configured: (yaml) => `${yaml}\nwebhooks: { rules: [{ serviceFrom: service }] }\n`,
    })
    const startsAt = new Date(Date.now() - 60_000).toISOString()
    const bodies = [
      ['identical', () => anAlert({ service: 'checkout', startsAt })],
      ['distinct', (at: number) => anAlert({ service: 'cart', fingerprint: `f${at}`, startsAt })],
    ] as const
    const results: Result[] = []
    try {
      for (const [kind, alert] of bodies) {
        const began = performance.now()
        const { putOff } = await storm(world.app.url, (at) => JSON.stringify(aGroup(alert(at))))
        const takenIn = performance.now() - began
        await world.app.jobs.settled()
        const { rows } = await owner.query<{ rows: number; incidents: number; events: number }>(
          `SELECT (SELECT count(*) FROM alerts)::int AS rows,
                  (SELECT count(*) FROM streams WHERE service IS NOT NULL)::int AS incidents,
                  (SELECT count(*) FROM timeline_events)::int AS events`,
        )
        results.push(
          alone({
            what: `${posts} ${kind} alerts`,
            unit: 's',
            name: 'taken in and dealt with',
            samples: [(performance.now() - began) / 1_000],
            notes: [
              `taken in after ${(takenIn / 1_000).toFixed(1)} s, ${putOff} put off with 429 and sent again`,
              `so far: ${JSON.stringify(rows[0])}`,
            ],
          }),
        )
      }
      return results
    } finally {
      await world.close()
    }
  })
}

async function storm(url: string, bodyOf: (at: number) => string): Promise<{ putOff: number }> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = posts
  let putOff = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const body = bodyOf(left)
      while ((await post(`${url}/webhooks/alertmanager`, body, agent)) >= 400) {
        putOff += 1
        await sleep(200)
      }
    }
  }
  await Promise.all(Array.from({ length: connections }, lane))
  agent.destroy()
  return { putOff }
}

function post(url: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers: proof('alertmanager', body) }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode ?? 0)),
    )
      .on('error', reject)
      .end(body)
  })
}
