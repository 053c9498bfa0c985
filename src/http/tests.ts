import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Catalogue } from '#domain/catalogue.ts'
import { presented } from '#inbound/authenticate.ts'
import { readTestReport } from '#inbound/tests.ts'
import type { Log } from '#ports/log.ts'
import type { TestReports } from '#ports/test-reports.ts'
import type { Gate } from './gate.ts'
import { inTime } from './in-time.ts'

export interface TestParts {
  /** The present one first, then the one before while it is being changed; none: it is not set up. */
  readonly secrets: readonly string[]
  readonly catalogue: Catalogue
  readonly reports: Pick<TestReports, 'keep'>
  readonly gate: Gate
  readonly log: Log
  counted(source: 'tests', outcome: TestOutcome): void
}

export type TestOutcome = keyof typeof answers

const answers = {
  taken: [202, 'Taken in.'],
  repeated: [200, 'This was taken in before.'],
  unmapped: [200, 'No service of that name is configured.'],
  not_set_up: [
    403,
    'Tests are not set up here: they need WEBHOOK_TESTS_SECRET in the environment.',
  ],
  unsigned: [401, 'The secret is missing.'],
  forged: [401, 'The secret is not right.'],
  unreadable: [422, 'This is not what a test sends'],
  too_large: [413, 'The message is larger than any that a test sends.'],
  refused: [400, 'The request could not be read.'],
  busy: [429, 'There is too much to take in just now: send it again in a few seconds.'],
  failed: [503, 'It could not be written down: send it again.'],
} as const satisfies Record<string, readonly [number, string]>

const admissionMs = 4_000

/** `POST /webhooks/tests`: whether a test of a version passed. Written down, then acknowledged. */
export function testRoutes(server: FastifyInstance, parts: TestParts): void {
  const { counted, gate, log } = parts
  server.route({
    method: 'POST',
    url: '/webhooks/tests',
    bodyLimit: 16 * 1_024,
    async onRequest(_request, reply) {
      if (!gate.isShut()) return
      counted('tests', 'busy')
      await reply.code(429).header('retry-after', 5).send({ said: answers.busy[1] })
    },
    async handler(request, reply) {
      const refused = refusalOf(request, parts.secrets)
      // Whoever has no secret takes no turn from those who have, and no place.
      const { outcome, why = '' } = refused
        ? { outcome: refused }
        : await gate.through(() => taken(request, parts))
      counted('tests', outcome)
      const [status, says] = answers[outcome]
      return reply.code(status).send({ said: `${says}${why}` })
    },
    errorHandler(error, _request, reply) {
      const outcome = outcomeOf(error.statusCode)
      counted('tests', outcome)
      if (outcome === 'failed') log.error({ error }, 'a report of a test could not be taken in')
      void reply.code(answers[outcome][0]).send({ said: answers[outcome][1] })
    },
  })
}

function refusalOf(
  request: FastifyRequest,
  secrets: readonly string[],
): 'not_set_up' | 'unsigned' | 'forged' | undefined {
  if (secrets.length === 0) return 'not_set_up'
  const header = (name: string) => one(request.headers[name])
  const verdict = presented({ header }, secrets)
  return verdict === 'genuine' ? undefined : verdict
}

async function taken(
  request: FastifyRequest,
  { catalogue, reports, log }: TestParts,
): Promise<{ readonly outcome: TestOutcome; readonly why?: string }> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const read = readTestReport(raw, catalogue)
  if (read.kind === 'unreadable') return { outcome: 'unreadable', why: `: ${read.why}.` }
  if (read.kind === 'unmapped') return { outcome: 'unmapped' }
  try {
    const isNew = await inTime(reports.keep(read.report), admissionMs)
    return { outcome: isNew === 'late' ? 'failed' : isNew ? 'taken' : 'repeated' }
  } catch (error) {
    log.error({ error }, 'a report of a test could not be written down')
    return { outcome: 'failed' }
  }
}

function outcomeOf(status: number | undefined): TestOutcome {
  if (status === 413) return 'too_large'
  return status !== undefined && status >= 400 && status < 500 ? 'refused' : 'failed'
}

/** Sent twice, a header says nothing (threat T002). */
const one = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined
