import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { methods } from './api/index.ts'
import { isWire, type World } from './api/method.ts'
import type { Faults } from './faults.ts'
import { Refused, type Wire } from './model.ts'

/** A call of the app, for tests that look at what it asked for. */
export interface Call {
  readonly method: string
  readonly args: Wire
  /** Pretend epoch milliseconds. */
  readonly at: number
  readonly answer: Wire | undefined
}

export interface WebApiOptions {
  readonly world: World
  readonly faults: Faults
  readonly botToken: string
  /** What the token was granted; `undefined` grants everything. */
  readonly scopes: readonly string[] | undefined
  readonly called: (call: Call) => void
}

/** Slack's Web API at `/api/<method>`: form or JSON in, `{ok}` out. */
export function webApi(server: FastifyInstance, options: WebApiOptions): void {
  const { world, faults } = options

  server.post<{ Params: { method: string } }>('/api/:method', async (request, reply) => {
    const { method } = request.params
    const args = argumentsOf(request)
    if (faults.isDown()) return cut(request, reply)
    if (faults.isBlackHole()) return reply.hijack()
    const ms = faults.latencyMs()
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
    const fault = faults.take(method)
    if (fault?.kind === 'rate_limited')
      return reply
        .code(429)
        .header('retry-after', String(fault.retryAfterSeconds))
        .send({ ok: false, error: 'ratelimited' })
    if (fault?.kind === 'status') return reply.code(fault.status).send('')
    const answer =
      fault?.kind === 'refused'
        ? { ok: false, error: fault.error }
        : answerTo(method, args, request)
    options.called({ method, args, at: world.workspace.now(), answer })
    if (options.scopes) reply.header('x-oauth-scopes', options.scopes.join(','))
    return fault?.kind === 'lost' ? cut(request, reply) : answer
  })

  function answerTo(method: string, args: Wire, request: FastifyRequest): Wire {
    const token = bearer(request) ?? args['token']
    if (token === undefined) return { ok: false, error: 'not_authed' }
    if (token !== options.botToken) return { ok: false, error: 'invalid_auth' }
    const known = methods[method]
    if (!known) return { ok: false, error: 'unknown_method', req_method: method }
    const { scopes } = options
    if (scopes && known.scopes.length > 0 && !known.scopes.some((scope) => scopes.includes(scope)))
      return {
        ok: false,
        error: 'missing_scope',
        needed: known.scopes.join(','),
        provided: scopes.join(','),
      }
    try {
      return { ok: true, ...known.answer(args, world) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { ok: false, error: error.code, ...error.detail }
    }
  }
}

/** Closes the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack()
  request.raw.socket.destroy()
  return reply
}

const bearer = (request: FastifyRequest): string | undefined =>
  /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]

function argumentsOf(request: FastifyRequest): Wire {
  const query = isWire(request.query) ? request.query : {}
  return isWire(request.body) ? { ...query, ...request.body } : query
}
