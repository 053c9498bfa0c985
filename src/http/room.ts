import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Log } from '#ports/log.ts'

/** So much of each body is always read: people's requests are smaller, and get through beside whatever else is sent. */
const freeBytes = 64 * 1_024
const retryAfterSeconds = 5

/**
 * Bounds what bodies take up together, from before anything is read of them until they are answered, by what they say of their length:
 * 503 for what is large and finds no room. One that does not say how long it is counts as the longest there may be.
 */
export function limitRoom(
  server: FastifyInstance,
  {
    log,
    bodyLimit,
    mostBytes,
  }: { readonly log: Log; readonly bodyLimit: number; readonly mostBytes: number },
): void {
  let taken = 0
  server.addHook('onRequest', (request, reply, done) => {
    const bytes = Math.max(0, Math.min(claimed(request), bodyLimit) - freeBytes)
    if (bytes === 0) return done()
    if (taken + bytes > mostBytes) {
      log.info(
        { route: request.routeOptions.url, taken },
        'a request was refused: bodies take up too much',
      )
      void reply.code(503).header('retry-after', retryAfterSeconds).send({ error: 'busy' })
      return
    }
    taken += bytes
    // Also where the sender has hung up.
    reply.raw.once('close', () => {
      taken -= bytes
    })
    done()
  })
}

function claimed({ headers }: FastifyRequest): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}
