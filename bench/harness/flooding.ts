import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { aGroup, anAlert, proof } from '../../test/webhooks/senders.ts'

export type Flood = keyof typeof made
export interface Sent {
  readonly accepted: number
  readonly putOff: number
  /** In ms, until the last was answered. */
  readonly took: number
}
interface Given {
  readonly flood: Flood
  readonly url: string
  readonly signingSecret: string
  readonly posts: number
}

/** As many as a sender with this many connections has under way. */
const connections = 64

/** Sends them from a thread of its own: whoever measures something beside it must not be held up by the sending. */
export function floods(given: Given): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: given })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function sendAll({ flood, url, signingSecret, posts }: Given): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let left = posts
  let accepted = 0
  let putOff = 0
  const lane = async () => {
    while (left > 0) {
      left -= 1
      const { path, body, headers } = made[flood](left, signingSecret)
      const status = await post(`${url}${path}`, body, headers, agent)
      if (status === 200 || status === 202) accepted += 1
      if (status === 429) putOff += 1
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: connections }, lane))
  const took = performance.now() - began
  agent.destroy()
  return { accepted, putOff, took }
}

type Headers = Readonly<Record<string, string>>
interface Made {
  readonly path: string
  readonly body: string
  readonly headers: Headers
}

/** Each is another, and signed. */
const made = {
  commands(at: number, signingSecret: string): Made {
    const body = new URLSearchParams({
      command: '/rollback',
      text: 'help',
      team_id: 'T0EXAMPLE1',
      api_app_id: 'A0COUNTERM',
      user_id: `U0FLOOD${at}`,
      channel_id: 'C0CHECKOUT',
      trigger_id: `flood.${at}`,
    }).toString()
    return { path: '/slack/events', body, headers: signed(signingSecret, body) }
  },
  alerts(at: number): Made {
    const fingerprint = `flood-${at}`
    const body = JSON.stringify(aGroup(anAlert({ service: 'checkout', fingerprint })))
    return { path: '/webhooks/grafana', body, headers: proof('grafana', body) }
  },
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

if (!isMainThread) parentPort?.postMessage(await sendAll(workerData as Given))
