import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { DeliveryId } from '#domain/ids.ts'
import type { Log } from '#ports/log.ts'
import type { Inbox } from '#ports/store.ts'
import { admit, deliveryIdOf, noteAcknowledged } from './admission/admit.ts'
import { type Fields, isSslCheck, readBody, Unreadable } from './admission/body.ts'
import { type Identity, isForeign } from './admission/identity.ts'
import type { Lull } from './admission/lull.ts'
import { verify } from './admission/verify.ts'
import type { Meter } from './parts.ts'
import { notRecorded } from './sorry.ts'

export interface ReceiverParts {
  readonly secrets: readonly string[]
  readonly inbox: Inbox
  readonly lull: Lull
  /** What nobody has pressed a button for waits for its turn. */
  readonly turn: () => Promise<void>
  readonly log: Log
  readonly meter: Meter
  /** `undefined` until Slack has told who we are. */
  readonly identity: () => Identity | undefined
  /** Options of a searchable list: Slack takes them only as the answer itself. */
  readonly options: (body: Fields) => Promise<unknown>
  /** Tells the person that nothing was recorded, where the answer to the request cannot say it. */
  readonly apologise: (body: Fields, id: DeliveryId) => void
}

interface Answer {
  readonly outcome: string
  readonly status: number
  readonly body?: unknown
  /** Held until the answer has gone out. */
  readonly admitted?: { readonly id: DeliveryId; readonly body: Fields }
}

/** `POST /slack/events`: genuine? ours? once? Then written down, then acknowledged; the work is done by a job. */
export function slackRoutes(server: FastifyInstance, parts: ReceiverParts): void {
  server.post('/slack/events', async (request: FastifyRequest, reply: FastifyReply) => {
    const started = performance.now()
    const { outcome, status, body, admitted } = await answerTo(request, parts)
    parts.meter.admitted(outcome, (performance.now() - started) / 1_000)
    // Where Slack has hung up meanwhile it never finishes: Slack has then shown a failure.
    if (admitted)
      reply.raw.once('finish', () => void noteAcknowledged(parts, admitted.id, admitted.body))
    return reply.code(status).send(body ?? '')
  })
}

async function answerTo(request: FastifyRequest, parts: ReceiverParts): Promise<Answer> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const type = request.headers['content-type']
  const verdict = verify(
    {
      raw,
      timestamp: one(request.headers['x-slack-request-timestamp']),
      signature: one(request.headers['x-slack-signature']),
    },
    parts.secrets,
    Date.now(),
  )
  if (verdict.kind !== 'genuine')
    return isSslCheck(raw, type)
      ? { outcome: 'ssl_check', status: 200 }
      : { outcome: verdict.kind, status: 401 }
  const body = readable(raw, type)
  if (!body) return { outcome: 'unreadable', status: 400 }
  if (body['ssl_check'] === '1') return { outcome: 'ssl_check', status: 200 }
  if (body['type'] === 'url_verification')
    return {
      outcome: 'url_verification',
      status: 200,
      body: { challenge: body['challenge'] },
    }
  return genuine(body, verdict.replayKey, parts)
}

async function genuine(body: Fields, replayKey: string, parts: ReceiverParts): Promise<Answer> {
  const identity = parts.identity()
  if (!identity) return { outcome: 'not_ready', status: 503 }
  if (isForeign(body, identity)) return { outcome: 'foreign', status: 403 }
  if (body['type'] === 'block_suggestion')
    return { outcome: 'options', status: 200, body: await parts.options(body) }

  const id = deliveryIdOf(body, replayKey)
  const outcome = await admit(parts, id, body)
  if (outcome === 'admitted') return { outcome, status: 200, admitted: { id, body } }
  if (outcome === 'repeated') return { outcome, status: 200 }
  // Slack sends an event again when it is not acknowledged; nobody else does.
  if (body['type'] === 'event_callback') return { outcome, status: 503 }
  const answer = notRecorded(body)
  if (answer === undefined) parts.apologise(body, id)
  return { outcome, status: 200, body: answer ?? '' }
}

function readable(raw: Buffer, type: string | undefined): Fields | undefined {
  try {
    return readBody(raw, type)
  } catch (error) {
    if (error instanceof Unreadable) return undefined
    throw error
  }
}

const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined
