import { randomUUID } from 'node:crypto'
import { type FastifyInstance, fastify } from 'fastify'
import type { Log } from '#ports/log.ts'
import { limitRoom } from './room.ts'

export interface ServerOptions {
  readonly log: Log
  /** Bytes of a body; more is refused before anything is read from it. */
  readonly bodyLimit?: number
  /** Bytes of all bodies at once, beyond the first 64 KB of each; what is more is refused with 503 (threat T138). */
  readonly mostBytes?: number
  /** Open connections at once; further ones are closed (threat T017). */
  readonly maxConnections?: number
}

/** What a client may take to send a request, in ms: half-sent ones are closed within 10 s (threat T017). */
const requestMs = 8_000
const headersMs = 5_000

/** What comes in is checked where it is understood. The server's own way to check it is large, and would be loaded before anybody is heard. */
const noSchemas = { buildValidator: noSchema, buildSerializer: noSchema }
function noSchema(): never {
  throw new Error('no route has a schema of its own: what it is sent is parsed in its handler')
}

/** The one server for everything that comes in. Bodies arrive as the raw bytes they were sent as, whatever their type. */
export function createServer({
  log,
  bodyLimit = 256 * 1_024,
  mostBytes = 64 * 1_024 * 1_024,
  maxConnections = 2_000,
}: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit,
    requestTimeout: requestMs,
    forceCloseConnections: 'idle',
    http: { headersTimeout: headersMs, connectionsCheckingInterval: 1_000 },
    logger: false,
    schemaController: { compilersFactory: noSchemas },
  })
  server.server.maxConnections = maxConnections
  makeRoom(server, maxConnections)
  limitRoom(server, { log, bodyLimit, mostBytes })

  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  server.addHook('onSend', (_request, reply, payload, done) => {
    for (const [name, value] of securityHeaders)
      if (!reply.hasHeader(name)) reply.header(name, value)
    done(null, payload)
  })
  server.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ error: 'not found' }))
  server.setErrorHandler(async (error: { readonly statusCode?: number }, request, reply) => {
    const status = statusOf(error)
    const id = randomUUID()
    const fields = { id, status, method: request.method, route: request.routeOptions.url, error }
    if (status >= 500) log.error(fields, 'a request failed')
    else log.info(fields, 'a request was refused')
    // Whoever asks learns the id and nothing of the inside (threat T141).
    return reply.code(status).send({ error: status >= 500 ? 'something failed' : 'refused', id })
  })
  return server
}

/** Connections that carry no request are closed while hardly any place is left: whoever has something to say finds one (threat T017). */
function makeRoom({ server }: FastifyInstance, maxConnections: number): void {
  let open = 0
  let next: NodeJS.Timeout | undefined
  const look = () => {
    next = undefined
    if (open <= maxConnections * fullShare) return
    server.closeIdleConnections()
    next = setTimeout(look, lookEveryMs).unref()
  }
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
    })
    if (!next) look()
  })
}
const fullShare = 0.9
/** A look goes over all of them. In ms. */
const lookEveryMs = 100

const statusOf = ({ statusCode }: { readonly statusCode?: number }): number =>
  statusCode !== undefined && statusCode >= 400 && statusCode < 600 ? statusCode : 500

const securityHeaders = Object.entries({
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
})
