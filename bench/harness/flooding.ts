import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { parentPort, Worker, workerData } from 'node:worker_threads'
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
}

/** As many as a sender with this many connections has under way. */
const connections = 64

export interface Flooder {
  /** Sends `posts` of them; each is another one. */
  sends(posts: number): Promise<Sent>
  close(): Promise<unknown>
}

/** Sends from a thread of its own: whoever measures something beside it must not be held up by the sending. */
export function flooder(given: Given): Flooder {
  const worker = new Worker(new URL(import.meta.url), { workerData: given })
  return {
    sends: (posts) =>
      new Promise((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
        worker.postMessage(posts)
      }),
    close: () => worker.terminate(),
  }
}

function sending({ flood, url, signingSecret }: Given) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let sent = 0
  return async (posts: number): Promise<Sent> => {
    const until = sent + posts
    let accepted = 0
    let putOff = 0
    const lane = async () => {
      while (sent < until) {
        sent += 1
        const { path, body, headers } = made[flood](sent, signingSecret)
        const status = await post(`${url}${path}`, body, headers, agent)
        if (status === 200 || status === 202) accepted += 1
        if (status === 429) putOff += 1
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: connections }, lane))
    return { accepted, putOff, took: performance.now() - began }
  }
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

if (parentPort) {
  const port = parentPort
  const send = sending(workerData as Given)
  port.on('message', (posts: number) => void send(posts).then((sent) => port.postMessage(sent)))
}
