import { createHmac } from 'node:crypto'
import type { Faults } from './faults.ts'

/** A request of the pretend Slack to the app, exactly as it went out. */
export interface Sent {
  readonly id: number
  readonly what: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** How the app acknowledged. `operation_timeout` after 3 s, `dispatch_failed` for everything that is not 200. */
export type Ack =
  | {
      readonly kind: 'acknowledged'
      readonly ms: number
      readonly body: unknown
      readonly sent: Sent
      readonly headers: Headers
    }
  | {
      readonly kind: 'failed'
      readonly ms: number
      readonly error: 'operation_timeout' | 'dispatch_failed'
      readonly status: number | undefined
      readonly sent: Sent
      readonly headers: Headers
    }

export interface DeliveryOptions {
  readonly appUrl: () => string | undefined
  readonly signingSecret: string
  readonly ackTimeoutMs: () => number
  readonly faults: Faults
  /** Epoch milliseconds for the signature: the true clock, whatever the pretend one says. */
  readonly signedAt: () => number
}

/** Posts signed requests to the app's `/slack/events` and keeps what was sent, for replays. */
export function createDelivery(options: DeliveryOptions) {
  const log: { readonly sent: Sent; readonly ack: Ack }[] = []
  let count = 0

  return {
    log: log as readonly { readonly sent: Sent; readonly ack: Ack }[],
    form: (what: string, fields: Readonly<Record<string, string>>): Promise<Ack> =>
      send(what, new URLSearchParams(fields).toString(), 'application/x-www-form-urlencoded'),
    json: (
      what: string,
      body: unknown,
      more: Readonly<Record<string, string>> = {},
    ): Promise<Ack> => send(what, JSON.stringify(body), 'application/json', more),
    /** The same bytes under the same signature once more. */
    replay: (sent: Sent): Promise<Ack> => transmit({ ...sent, id: (count += 1) }),
  }

  function send(
    what: string,
    body: string,
    type: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Ack> {
    const stamp = String(Math.floor(options.signedAt() / 1_000))
    const mac = createHmac('sha256', options.signingSecret).update(`v0:${stamp}:${body}`)
    count += 1
    return transmit({
      id: count,
      what,
      body,
      headers: {
        'content-type': type,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        'x-slack-request-timestamp': stamp,
        'x-slack-signature': `v0=${mac.digest('hex')}`,
        ...more,
      },
    })
  }

  async function transmit(sent: Sent): Promise<Ack> {
    const started = performance.now()
    const ack = await answerTo(sent, started)
    log.push({ sent, ack })
    if (log.length > 1_000) log.shift()
    return ack
  }

  async function answerTo(sent: Sent, started: number): Promise<Ack> {
    const ms = () => Math.round(performance.now() - started)
    const failed = (error: 'operation_timeout' | 'dispatch_failed', status?: number): Ack => ({
      kind: 'failed',
      ms: ms(),
      error,
      status,
      sent,
      headers: new Headers(),
    })
    const appUrl = options.appUrl()
    if (appUrl === undefined || options.faults.isDown()) return failed('dispatch_failed')
    try {
      const response = await fetch(`${appUrl}/slack/events`, {
        method: 'POST',
        body: sent.body,
        headers: sent.headers,
        redirect: 'error',
        signal: AbortSignal.timeout(Math.round(options.ackTimeoutMs())),
      })
      const body = bodyOf(await response.text())
      if (response.status !== 200) return failed('dispatch_failed', response.status)
      return { kind: 'acknowledged', ms: ms(), body, sent, headers: response.headers }
    } catch (error) {
      const isTimeout = error instanceof DOMException && error.name === 'TimeoutError'
      return failed(isTimeout ? 'operation_timeout' : 'dispatch_failed')
    }
  }
}

export type Delivery = ReturnType<typeof createDelivery>

function bodyOf(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
