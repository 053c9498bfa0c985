import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AlertSource, alertSources } from '#domain/alerts/alert.ts'
import type { WebhookSettings } from '#domain/alerts/settings.ts'
import type { Catalogue } from '#domain/catalogue.ts'
import { authenticate } from '#inbound/authenticate.ts'
import { deliveriesOf } from '#inbound/deliveries.ts'
import { readAlerts } from '#inbound/read-alerts.ts'
import type { AlertInbox, NewDelivery } from '#ports/alerts.ts'
import type { Log } from '#ports/log.ts'
import type { Gate } from './gate.ts'
import { inTime } from './in-time.ts'

export interface WebhookParts {
  readonly settings: WebhookSettings
  /** The present one first, then the one before while it is being changed; none: it is not set up. */
  readonly secrets: Readonly<Partial<Record<AlertSource, readonly string[]>>>
  readonly catalogue: Catalogue
  readonly inbox: Pick<AlertInbox, 'admit'>
  readonly gate: Gate
  readonly log: Log
  counted(source: AlertSource | 'other', outcome: Outcome): void
}

export type Outcome = keyof typeof answers

/** What whoever sent it is told: one sentence, and nothing of the inside (threat T141). */
const answers = {
  taken: [202, 'Taken in.'],
  repeated: [200, 'This was taken in before.'],
  nothing: [200, 'There is nothing to do for this kind of message.'],
  unmapped: [
    200,
    'No rule under webhooks.rules is for this: “countermand webhook try” says why for each of them.',
  ],
  unknown: [404, `There is no such source: ${alertSources.join(', ')} are known.`],
  not_set_up: [403, 'This source is not set up here: it needs its secret in the environment.'],
  unsigned: [401, 'The signature or secret is missing.'],
  forged: [401, 'The signature or secret is not right.'],
  stale: [401, 'The signature is more than five minutes old, or dated ahead.'],
  too_large: [413, 'The message is larger than 256 KB: let the sender put fewer alerts into one.'],
  unreadable: [422, 'This is not what the source sends'],
  refused: [400, 'The request could not be read.'],
  busy: [429, 'There is too much to take in just now: send it again in a few seconds.'],
  failed: [503, 'It could not be written down: send it again.'],
} as const satisfies Record<string, readonly [number, string]>

/** Senders give up after five seconds at the earliest. */
const admissionMs = 4_000
const retryAfterSeconds = 5

/** `POST /webhooks/<source>`: room for it? genuine? its turn? understood? whose? Then written down, then acknowledged; the rest is done by a job. */
export function webhookRoutes(server: FastifyInstance, parts: WebhookParts): void {
  const { counted, gate, log } = parts
  const told = (request: FastifyRequest, outcome: Outcome) =>
    counted(sourceOf(request) ?? 'other', outcome)

  server.route<{ Params: { source: string } }>({
    method: 'POST',
    url: '/webhooks/:source',
    // Before anything of the body is read.
    async onRequest(request, reply) {
      if (!gate.isShut()) return
      told(request, 'busy')
      await reply.code(429).header('retry-after', retryAfterSeconds).send(sentence('busy'))
    },
    async handler(request, reply) {
      const sender = senderOf(request, parts)
      // Whoever has no secret takes no turn from those who have, and no place.
      const { outcome, why } =
        'outcome' in sender ? sender : await gate.through(() => taken(request, sender, parts))
      told(request, outcome)
      const [status] = answers[outcome]
      if (status === 429 || status === 503) reply.header('retry-after', retryAfterSeconds)
      return reply.code(status).send(sentence(outcome, why))
    },
    errorHandler(error, request, reply) {
      const outcome = outcomeOf(error.statusCode)
      told(request, outcome)
      if (outcome === 'failed') log.error({ error }, 'a webhook could not be taken in')
      void reply.code(answers[outcome][0]).send(sentence(outcome))
    },
  })
}

interface Taken {
  readonly outcome: Outcome
  /** Behind the sentence. */
  readonly why?: string
}

/** A known source that proved who it is, or that need not. */
interface Sender {
  readonly source: AlertSource
  readonly isKnown: boolean
}

function senderOf(
  request: FastifyRequest,
  { settings, secrets }: Pick<WebhookParts, 'settings' | 'secrets'>,
): Sender | Taken {
  const source = sourceOf(request)
  if (!source) return { outcome: 'unknown' }
  const own = secrets[source] ?? []
  if (own.length === 0)
    return settings.unauthenticated.includes(source)
      ? { source, isKnown: false }
      : { outcome: 'not_set_up' }
  const sent = { raw: bodyOf(request), header: (name: string) => one(request.headers[name]) }
  const verdict = authenticate(source, sent, own, settings.grafana, Date.now())
  return verdict === 'genuine' ? { source, isKnown: true } : { outcome: verdict }
}

async function taken(
  request: FastifyRequest,
  { source, isKnown }: Sender,
  { settings, catalogue, inbox, gate, log }: WebhookParts,
): Promise<Taken> {
  const read = readAlerts(source, bodyOf(request))
  if (read.kind === 'unreadable') return { outcome: 'unreadable', why: `: ${read.why}.` }
  const { rules } = settings
  const { deliveries, unmapped } = deliveriesOf(
    source,
    read.alerts,
    { rules, catalogue },
    { isKnown },
  )
  if (deliveries.length === 0)
    // A stranger does not learn which services there are.
    return { outcome: isKnown ? (unmapped > 0 ? 'unmapped' : 'nothing') : 'taken' }
  if (await gate.isFull()) return { outcome: 'busy' }
  return admitted(inbox, deliveries, log)
}

async function admitted(
  inbox: WebhookParts['inbox'],
  deliveries: readonly NewDelivery[],
  log: Log,
): Promise<Taken> {
  try {
    const fresh = await inTime(inbox.admit(deliveries), admissionMs)
    // Sent again, it is the same one, whether or not it comes to be written after all.
    if (fresh === 'late') return { outcome: 'failed' }
    return { outcome: fresh > 0 ? 'taken' : 'repeated' }
  } catch (error) {
    log.error({ error }, 'a webhook could not be written down')
    return { outcome: 'failed' }
  }
}

function sentence(outcome: Outcome, why = ''): { readonly said: string } {
  return { said: `${answers[outcome][1]}${why}` }
}

function outcomeOf(status: number | undefined): Outcome {
  if (status === 413) return 'too_large'
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'failed'
}

function sourceOf(request: FastifyRequest): AlertSource | undefined {
  const { source } = request.params as { readonly source?: string }
  return alertSources.find((known) => known === source)
}

const bodyOf = ({ body }: FastifyRequest): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.alloc(0)

/** Sent twice, a header says nothing (threat T002). */
const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined
