import type { FastifyInstance } from 'fastify'

/** Something the program cannot work without, and how to ask whether it is there. */
export interface Dependency {
  readonly name: string
  /** Rejects, or answers false, when it is not there. */
  readonly isReady: () => Promise<boolean>
}

/** How long one look may take, in ms. */
const lookMs = 2_000

/** `/healthz`: this process answers. `/readyz`: so does everything it needs; 503 names what does not. */
export function healthRoutes(server: FastifyInstance, needs: readonly Dependency[]): void {
  server.get('/healthz', async () => ({ ok: true }))
  server.get('/readyz', async (_request, reply) => {
    const looks = await Promise.all(
      needs.map(async ({ name, isReady }) => ((await inTime(isReady)) ? [] : [name])),
    )
    const waitingFor = looks.flat()
    return reply
      .code(waitingFor.length === 0 ? 200 : 503)
      .send({ ok: waitingFor.length === 0, waitingFor })
  })
}

async function inTime(isReady: () => Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), lookMs)
  try {
    return await Promise.race([isReady(), late.promise])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
