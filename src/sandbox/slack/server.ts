import fastify, { type FastifyInstance } from 'fastify'
import { isWire, type World } from './api/method.ts'
import { showAnswer } from './answers.ts'
import type { Faults } from './faults.ts'
import { Refused } from './model.ts'
import { cut } from './web-api.ts'

/** The HTTP server of the pretend Slack: loopback names only, form and JSON bodies, uploads, files, response addresses. */
export function createServer(world: World, faults: Faults): FastifyInstance {
  const server = fastify({ bodyLimit: 20 * 1_024 * 1_024, forceCloseConnections: true })
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )

  // A page of somewhere else whose name points here must not reach this server.
  server.addHook('onRequest', async (request, reply) => {
    if (!isLoopback(request.hostname)) return reply.code(403).send('loopback only')
    return undefined
  })

  server.setErrorHandler((error, request, reply) => {
    const isPage = request.url.startsWith('/sandbox/')
    return reply
      .code(isPage ? 400 : 500)
      .send({ ok: false, error: error instanceof Error ? error.message : 'internal_error' })
  })

  server.post<{ Params: { id: string } }>('/response/:id', async (request, reply) => {
    if (faults.isDown()) return cut(request, reply)
    if (faults.isBlackHole()) return reply.hijack()
    const { body } = request
    try {
      showAnswer(isWire(body) ? body : {}, world.sessions.useResponse(request.params.id), world)
      return reply.type('text/plain').send('ok')
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const gone = error.code === 'expired_url' || error.code === 'message_not_found'
      return reply.code(gone ? 404 : 500).send({ ok: false, error: error.code, ...error.detail })
    }
  })

  server.post<{ Params: { id: string } }>('/upload/v1/:id', async (request, reply) => {
    const kept = world.workspace.files.get(request.params.id)
    if (!kept) return reply.code(404).send('no such upload')
    const content = await uploaded(request.body, request.headers['content-type'] ?? '')
    world.workspace.files.set(request.params.id, { ...kept, content })
    return reply.type('text/plain').send(`OK - ${content.length}`)
  })

  server.get<{ Params: { id: string; name: string } }>(
    '/files/:id/:name',
    async (request, reply) => {
      const kept = world.workspace.files.get(request.params.id)
      if (!kept) return reply.code(404).send('no such file')
      const isPicture = kept.file.mimetype === 'image/png'
      return reply
        .type(isPicture ? 'image/png' : 'text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', "default-src 'none'; sandbox")
        .send(kept.content)
    },
  )
  return server
}

/** The bytes of an upload, sent plain or as the first part of a form. */
async function uploaded(body: unknown, type: string): Promise<Buffer> {
  if (!Buffer.isBuffer(body)) return Buffer.from(typeof body === 'string' ? body : '')
  if (!type.startsWith('multipart/form-data')) return body
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData()
  const [part] = [...form.values()]
  if (part === undefined) return Buffer.alloc(0)
  return typeof part === 'string' ? Buffer.from(part) : Buffer.from(await part.arrayBuffer())
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
