import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Catalogue } from '#domain/catalogue.ts'
import { type FlaggerVersion, flaggerGates } from '#domain/flagger/gates.ts'
import { presented } from '#inbound/authenticate.ts'
import { eventDelivery, readFlagger } from '#inbound/flagger.ts'
import type { AlertInbox } from '#ports/alerts.ts'
import type { Gates } from '#ports/gates.ts'
import type { Log } from '#ports/log.ts'
import type { Gate } from './gate.ts'
import { inTime } from './in-time.ts'

export interface FlaggerParts {
  /** For each cluster, the present one first, then the one before while it is being changed; none: it is not set up. */
  readonly secretsOf: (cluster: string) => readonly string[]
  readonly catalogue: Catalogue
  readonly gates: Pick<Gates, 'ask' | 'lastAsked'>
  readonly inbox: Pick<AlertInbox, 'admit'>
  /** Its own: no flood of alerts answers no to what somebody decided. */
  readonly gate: Gate
  readonly log: Log
  counted(source: 'flagger', outcome: FlaggerOutcome): void
}

export type FlaggerOutcome = keyof typeof answers

/**
 * Flagger takes 200 to 202 for yes and everything else for no, 204 too; at the gate `rollback` yes means that it takes the version
 * back. So `open` alone is a yes, and it is said to nobody whose version, secret and gate are not the very ones.
 */
const answers = {
  open: [200, 'The gate is open for this version.'],
  shut: [403, 'The gate is shut for this version: nobody opened it.'],
  noted: [200, 'Noted.'],
  not_set_up: [
    403,
    'Flagger of this cluster is not set up here: it needs its secret in the environment.',
  ],
  unsigned: [401, 'The secret is missing.'],
  forged: [401, 'The secret is not right.'],
  unknown: [404, `There is no such gate: ${flaggerGates.join(', ')} and event are known.`],
  unreadable: [422, 'This is not what Flagger sends.'],
  too_large: [413, 'The message is larger than any that Flagger sends.'],
  refused: [400, 'The request could not be read.'],
  busy: [429, 'There is too much to take in just now: Flagger asks again at its next interval.'],
  failed: [503, 'The gates could not be looked at, so they are shut.'],
} as const satisfies Record<string, readonly [number, string]>

/** Flagger waits ten seconds by default, and a webhook may say less. */
const answerMs = 4_000

/**
 * `POST /webhooks/flagger/<cluster>/<gate>`: whether Flagger may go on with this version or, at `rollback`, must not. Shut unless a
 * rollback or a promotion opened it for exactly this version, and shut whenever that cannot be said.
 */
export function flaggerRoutes(server: FastifyInstance, parts: FlaggerParts): void {
  const { counted, gate, log } = parts
  server.route<{ Params: { cluster: string; gate: string } }>({
    method: 'POST',
    url: '/webhooks/flagger/:cluster/:gate',
    bodyLimit: 16 * 1_024,
    async onRequest(_request, reply) {
      if (!gate.isShut()) return
      counted('flagger', 'busy')
      await reply.code(429).send(sentence('busy'))
    },
    async handler(request, reply) {
      // Whoever has no secret takes no turn from those who have, and no place.
      const outcome =
        refusalOf(request, parts) ?? (await gate.through(() => answered(request, parts)))
      counted('flagger', outcome)
      return reply.code(answers[outcome][0]).send(sentence(outcome))
    },
    errorHandler(error, _request, reply) {
      const outcome = outcomeOf(error.statusCode)
      counted('flagger', outcome)
      if (outcome === 'failed') log.error({ error }, 'a gate of Flagger could not be looked at')
      void reply.code(answers[outcome][0]).send(sentence(outcome))
    },
  })
}

type Asking = FastifyRequest<{ Params: { cluster: string; gate: string } }>

function refusalOf(
  { params, headers }: Asking,
  { secretsOf }: Pick<FlaggerParts, 'secretsOf'>,
): FlaggerOutcome | undefined {
  const secrets = secretsOf(params.cluster)
  if (secrets.length === 0) return 'not_set_up'
  const verdict = presented({ header: (name) => one(headers[name]) }, secrets)
  return verdict === 'genuine' ? undefined : verdict
}

async function answered(
  request: Asking,
  { catalogue, gates, inbox, log }: FlaggerParts,
): Promise<FlaggerOutcome> {
  const { cluster, gate: where } = request.params
  const gate = flaggerGates.find((known) => known === where)
  if (!gate && where !== 'event') return 'unknown'
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const read = readFlagger(cluster, raw)
  if (read.kind === 'unreadable') return 'unreadable'
  try {
    if (gate) {
      const isOpen = await inTime(gates.ask({ ...read.asked, gate }), answerMs)
      return isOpen === 'late' ? 'failed' : isOpen ? 'open' : 'shut'
    }
    const delivery = eventDelivery(catalogue, read.asked, read.payload)
    if (!delivery) return 'noted'
    const isTold = await inTime(tookBack(gates, read.asked.version), answerMs)
    if (isTold === 'late') return 'failed'
    // People who had it taken back are told by their own card.
    if (isTold) return 'noted'
    return (await inTime(inbox.admit([delivery]), answerMs)) === 'late' ? 'failed' : 'noted'
  } catch (error) {
    log.error({ error }, 'a gate of Flagger could not be looked at')
    return 'failed'
  }
}

/** It gave up this version because we let it through the gate `rollback`. */
async function tookBack(
  gates: Pick<Gates, 'lastAsked'>,
  version: FlaggerVersion,
): Promise<boolean> {
  const last = await gates.lastAsked(version)
  return last.some(
    (one) => one.gate === 'rollback' && one.wasOpen && one.version.checksum === version.checksum,
  )
}

const sentence = (outcome: FlaggerOutcome): { readonly said: string } => ({
  said: answers[outcome][1],
})

function outcomeOf(status: number | undefined): FlaggerOutcome {
  if (status === 413) return 'too_large'
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'failed'
}

/** Sent twice, a header says nothing (threat T002). */
const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined
