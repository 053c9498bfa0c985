import { setTimeout as delay } from 'node:timers/promises'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { evaluate, type Point, type Source } from './evaluate.ts'
import { BadQuery, duration, type Expression, parseQuery } from './promql.ts'

export type Fault =
  | { readonly kind: 'empty' | 'nan' | 'down' | 'unavailable' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Questions that hold this text are never answered. */
  | { readonly kind: 'hangs'; readonly about: string }

const mostPoints = 11_000

interface Parts {
  readonly source: Source
  readonly fault: () => Fault | undefined
  /** What else answers at this address; faults do not concern it. */
  readonly beside: (app: FastifyInstance) => void
  readonly port: number
}

/** The Prometheus HTTP API, as far as it is imitated. */
export async function serveMetrics({ source, fault, beside, port }: Parts) {
  const app = fastify({ forceCloseConnections: true })
  const closing = Promise.withResolvers<void>()
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: 64 * 1024 },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  app.addHook('onRequest', async (request) => {
    const isMetrics = /^\/(api|-)\//.test(request.url)
    const now = isMetrics ? fault() : undefined
    if (now?.kind === 'down') request.raw.socket.destroy()
    if (now?.kind === 'slow') await delay(now.delayMs)
  })
  app.addHook('preHandler', async (request) => {
    const now = fault()
    const { query = '' } = parametersOf(request.query, request.body)
    if (now?.kind === 'hangs' && query.includes(now.about)) await closing.promise
  })
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof BadQuery) return refuse(reply, 400, 'bad_data', error.message)
    throw error
  })

  app.get('/-/ready', async (_request, reply) => {
    if (fault()?.kind === 'unavailable') return reply.code(503).send('Service Unavailable')
    return 'Prometheus Server is Ready.\n'
  })
  app.route({
    method: ['GET', 'POST'],
    url: '/api/v1/query',
    handler: async (request, reply) => {
      if (fault()?.kind === 'unavailable') return refuse(reply, 503, 'unavailable', 'starting up')
      const asked = parametersOf(request.query, request.body)
      const at = timeOf(asked['time'], 'time', source.now())
      const expression = parseQuery(asked['query'] ?? '')
      if (expression.kind === 'number')
        return success('scalar', [at / 1_000, String(expression.value)])
      const points = faulty(fault(), () => evaluate(source, expression, at))
      return success(
        'vector',
        points.map(({ labels, value }) => ({ metric: labels, value: [at / 1_000, textOf(value)] })),
      )
    },
  })
  app.route({
    method: ['GET', 'POST'],
    url: '/api/v1/query_range',
    handler: async (request, reply) => {
      if (fault()?.kind === 'unavailable') return refuse(reply, 503, 'unavailable', 'starting up')
      const asked = parametersOf(request.query, request.body)
      const range = {
        start: timeOf(asked['start'], 'start'),
        end: timeOf(asked['end'], 'end'),
        step: stepOf(asked['step']),
      }
      return success('matrix', matrix(source, parseQuery(asked['query'] ?? ''), range, fault()))
    },
  })

  beside(app)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return {
    url,
    close: () => {
      closing.resolve()
      return app.close()
    },
  }
}

interface Range {
  readonly start: number
  readonly end: number
  readonly step: number
}

function matrix(
  source: Source,
  expression: Expression,
  { start, end, step }: Range,
  fault: Fault | undefined,
) {
  if (end < start)
    throw new BadQuery('invalid parameter "end": end timestamp must not be before start time')
  if ((end - start) / step > mostPoints)
    throw new BadQuery(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  const series = new Map<string, { metric: Point['labels']; values: [number, string][] }>()
  for (let at = start; at <= end; at += step)
    for (const { labels, value } of faulty(fault, () => evaluate(source, expression, at))) {
      const key = JSON.stringify(labels)
      const line = series.get(key) ?? { metric: labels, values: [] }
      series.set(key, line)
      line.values.push([at / 1_000, textOf(value)])
    }
  return [...series.values()]
}

function faulty(fault: Fault | undefined, points: () => readonly Point[]): readonly Point[] {
  if (fault?.kind === 'empty') return []
  const found = points()
  return fault?.kind === 'nan' ? found.map((point) => ({ ...point, value: Number.NaN })) : found
}

function parametersOf(query: unknown, body: unknown): Readonly<Record<string, string | undefined>> {
  return { ...(query as Record<string, string>), ...(body as Record<string, string> | undefined) }
}

/** Unix seconds or RFC 3339 → milliseconds. */
function timeOf(text: string | undefined, name: string, otherwise?: number): number {
  if (text === undefined && otherwise !== undefined) return otherwise
  const at = /^-?\d+(\.\d+)?$/.test(text ?? '') ? Number(text) * 1_000 : Date.parse(text ?? '')
  if (!Number.isFinite(at))
    throw new BadQuery(
      `invalid parameter "${name}": cannot parse "${text ?? ''}" to a valid timestamp`,
    )
  return at
}

function stepOf(text: string | undefined): number {
  const step = /^\d+(\.\d+)?$/.test(text ?? '') ? Number(text) * 1_000 : duration(text ?? '')
  if (step <= 0)
    throw new BadQuery(
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    )
  return step
}

const textOf = (value: number): string =>
  value === Number.POSITIVE_INFINITY
    ? '+Inf'
    : value === Number.NEGATIVE_INFINITY
      ? '-Inf'
      : String(value)

const success = (resultType: string, result: unknown) => ({
  status: 'success',
  data: { resultType, result },
})

const refuse = (reply: FastifyReply, code: number, errorType: string, error: string) =>
  reply.code(code).send({ status: 'error', errorType, error })
