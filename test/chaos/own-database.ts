import { mkdtempSync, rmSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'pg'
import { expect } from 'vitest'
import { migrate } from '#postgres/migrate.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { silent } from '../support/database-server.ts'
import { type OwnServer, ownServer } from './own-server.ts'
import { rollbacks } from './rollbacks.ts'
import { startShop } from './shop.ts'

const services = ['executing', 'awaiting'] as const

/**
 * The product on a PostgreSQL server of its own, which may be ended and moved: one rollback is being executed, another waits for its
 * approval. `prepare` may put something else where the server's files will be.
 */
export async function ownDatabase(prepare: (folder: string) => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-chaos-'))
  // The server may run as somebody else.
  chmodSync(folder, 0o755)
  prepare(folder)
  const servers: OwnServer[] = []
  const started = async (server: Promise<OwnServer>): Promise<OwnServer> => {
    servers.push(await server)
    return server
  }
  const first = await started(ownServer(join(folder, 'first')))
  await migrate(first.url, silent)
  const shop = await startShop({ databaseUrl: first.url, actAs: 'countermand_runtime', services })
  // Whoever looks uses the same address, and is cut off with the product.
  const owner = new Pool({
    connectionString: shop.proxies.PostgreSQL.through(first.url),
    max: 2,
    connectionTimeoutMillis: 2_000,
    query_timeout: 4_000,
  })
  owner.on('error', () => undefined)
  const play = rollbacks(shop, owner)
  for (const service of services) await play.asks(service)
  for (const service of services) await play.asked(service)
  // It is under way for as long as nothing ends: however long that takes to arrange, it is not over before.
  const pods = (start: Behaviour['start']) =>
    shop.cluster.behave('shop/executing:1.0', { ...healthy, start })
  pods({ kind: 'never-ready' })
  await play.approves('executing')
  await play.reaches('executing', 'step_applied')

  return {
    first,
    shop,
    play,
    /** Started again on the same files. */
    again: () => started(ownServer(join(folder, 'first'))),
    /** A server that has everything the first one has committed, from now on before it is committed. */
    async follower(): Promise<OwnServer> {
      const standby = await started(first.standby(join(folder, 'second')))
      await first.run(`ALTER SYSTEM SET synchronous_standby_names = '*'`, 'SELECT pg_reload_conf()')
      await play.until('a standby that follows', async () => {
        const rows = await first.run(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`)
        return rows.length > 0
      })
      return standby
    },
    /** Everything comes to its end, once; milliseconds from now to the end of what was being executed. */
    async endsWell(): Promise<number> {
      const since = Date.now()
      pods({ kind: 'ready' })
      await play.approvesUntilHeard('awaiting', 'not yet')
      await play.settled(services)
      for (const service of services)
        expect([service, ...(await play.faults(service))]).toEqual([service])
      const { broken } = await play.judged()
      expect(broken).toEqual([])
      const took = (await play.reaches('executing', 'execution_completed')).at - since
      expect(took).toBeGreaterThan(0)
      return Math.round(took)
    },
    async close(unprepare: () => void = () => undefined): Promise<void> {
      await shop.close()
      await owner.end()
      for (const server of servers) await server.end('fast')
      unprepare()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
