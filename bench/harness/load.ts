import { createHash, createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'

/** A request that was acknowledged. */
export interface Acknowledged {
  /** Milliseconds until it was. */
  readonly took: number
  /** When it was sent, in epoch milliseconds. */
  readonly at: number
  /** What the record calls it by. */
  readonly delivery: string
}

/** Sends requests as Slack signs them, over connections that stay open; each is another request. */
export function sender(signingSecret: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    /** Fails when it is not acknowledged. */
    post(url: string, fields: Readonly<Record<string, string>>): Promise<Acknowledged> {
      const body = new URLSearchParams(fields).toString()
      const stamp = String(Math.floor(Date.now() / 1_000))
      const mac = createHmac('sha256', signingSecret).update(`v0:${stamp}:${body}`).digest('hex')
      const delivery = `slack:${createHash('sha256').update(`v0=${mac}`).digest('hex')}`
      const began = performance.now()
      const at = performance.timeOrigin + began
      return new Promise((resolve, reject) => {
        const sent = request(
          `${url}/slack/events`,
          {
            method: 'POST',
            agent,
            headers: {
              'content-type': 'application/x-www-form-urlencoded',
              'content-length': Buffer.byteLength(body),
              'x-slack-request-timestamp': stamp,
              'x-slack-signature': `v0=${mac}`,
            },
          },
          (answer) => {
            answer.resume()
            answer.once('end', () =>
              answer.statusCode === 200
                ? resolve({ took: performance.now() - began, at, delivery })
                : reject(new Error(`answered with ${answer.statusCode}`)),
            )
          },
        )
        sent.once('error', reject)
        sent.end(body)
      })
    },
    close: () => agent.destroy(),
  }
}
