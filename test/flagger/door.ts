import { flaggerRoutes } from '#http/flagger.ts'
import { createServer } from '#http/server.ts'
import type { AskedAtGate } from '#domain/flagger/gates.ts'
import { flaggerGateTable } from '#postgres/gates.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

const secret = 'flagger-of-the-tests-0123456789'

export interface Heard extends AskedAtGate {
  readonly wasOpen: boolean
}
/** A gate as it was opened, and what is left of it. */
export interface Opened {
  readonly gate: string
  readonly checksum: string
  readonly operation: string
  readonly times_left: number | null
  readonly shut_at: Date | null
}
export type Door = Awaited<ReturnType<typeof aDoor>>

/** The product's own gates on a database of their own, where Flagger finds them. */
export async function aDoor() {
  const database = await freshDatabase()
  const server = createServer({ log: silent })
  const gates = flaggerGateTable(database.pools.work, database.pools.intake)
  const heard: Heard[] = []
  /** The next so many answers that let Flagger through are lost on their way. */
  const lost = { next: 0 }
  flaggerRoutes(server, {
    secretsOf: () => [secret],
    catalogue: new Map(),
    gates: {
      async ask(asked) {
        const wasOpen = await gates.ask(asked)
        heard.push({ ...asked, wasOpen })
        if (wasOpen && lost.next > 0) {
          lost.next -= 1
          throw new Error('the answer was lost')
        }
        return wasOpen
      },
      lastAsked: gates.lastAsked,
    },
    inbox: { admit: async () => 0 },
    gate: {
      isShut: () => false,
      isFull: async () => false,
      through: (work) => work(),
      close: () => undefined,
    },
    log: silent,
    counted: () => undefined,
  })
  const url = new URL(await server.listen({ port: 0, host: '127.0.0.1' }))
  return {
    gates,
    heard,
    lost,
    /** Everything opened there so far, and what is left of it. */
    async opened(cluster: string): Promise<readonly Opened[]> {
      const { rows } = await database.pools.work.query<Opened>(
        `SELECT gate, checksum, operation, times_left, shut_at FROM flagger_gates
          WHERE cluster = $1 ORDER BY opened_at, gate, operation`,
        [cluster],
      )
      return rows
    },
    /** As it stands in a Canary, with the secret as the password of basic authentication. */
    addressOf: (cluster: string, gate: string) =>
      `http://flagger:${secret}@${url.host}/webhooks/flagger/${cluster}/${gate}`,
    async close() {
      await server.close()
      await database.close()
    },
  }
}
