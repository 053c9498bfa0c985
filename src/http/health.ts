import type { FastifyInstance } from 'fastify'

/** Something the program cannot work without, and how to ask whether it is there. */
export interface Dependency {
  readonly name: string
  /** Rejects, or answers false, when it is not there. */
  readonly isReady: () => Promise<boolean>
}

export interface Readiness {
  /** What is missing, by name; nothing when it can take requests. */
  missing(): Promise<readonly string[]>
  /** Nothing is to come here any more: not ready from now on, whatever else is there. */
  retire(): void
}

/** How long one look may take, and how long all who ask share its answer; in ms. */
const lookMs = 1_500
const freshMs = 500

/** However often it is asked, each dependency is asked once at a time and twice a second at most. */
export function readiness(needs: readonly Dependency[]): Readiness {
  let isRetired = false
  const looks = needs.map(({ name, isReady }) => ({ name, look: shared(() => inTime(isReady)) }))
  return {
    async missing() {
      if (isRetired) return ['stopping']
      const found = await Promise.all(
        looks.map(async ({ name, look }) => ((await look()) ? [] : [name])),
      )
      return isRetired ? ['stopping'] : found.flat()
    },
    retire() {
      isRetired = true
    },
  }
}

/** `/healthz`: this process answers. `/readyz`: so does everything it needs; 503 names what does not. */
export function healthRoutes(server: FastifyInstance, { missing }: Readiness): void {
  server.get('/healthz', async () => ({ ok: true }))
  server.get('/readyz', async (_request, reply) => {
    const waitingFor = await missing()
    return reply
      .code(waitingFor.length === 0 ? 200 : 503)
      .send({ ok: waitingFor.length === 0, waitingFor })
  })
}

function shared(look: () => Promise<boolean>): () => Promise<boolean> {
  let last: { ends: number; readonly answer: Promise<boolean> } | undefined
  return () => {
    if (last && performance.now() < last.ends) return last.answer
    const answer = look()
    const own = { ends: Number.POSITIVE_INFINITY, answer }
    last = own
    void answer.then(() => {
      own.ends = performance.now() + freshMs
    })
    return answer
  }
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
