import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Catalogue } from '#domain/catalogue.ts'
import { schemaMark } from '#domain/rollback/schema-range.ts'
import { moved } from '#sandbox/database/migrate.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { pretendPrograms, shopMigrations } from '#sandbox/database/programs.ts'
import type { ServiceState } from '#sandbox/controls.ts'
import { inSession } from '#sandbox/in-session.ts'
import { shipBad } from './shipments.ts'

/** The schema of the shop's orders, on which one service works. */
export const shopOnDatabase = { service: 'checkout-db', connection: 'checkout' } as const
/** Which versions of it each version of the checkout can run on, as its pipeline writes it beside its pods. */
const marked = (range: string) => ({ [schemaMark]: `${shopOnDatabase.service} ${range}` })
export const marks = {
  before: marked('40..42'),
  present: marked('42..43'),
  next: marked('43..44'),
} as const

const atFirst = 43
const newest = 44

export type ShopDatabase = Awaited<ReturnType<typeof startShopDatabase>>

interface Options {
  /** Of the play's own record; the shop's stands beside it, under the same name and an ending. */
  readonly ownerUrl: string
  /** Where programs and backups are kept for as long as the play goes on. */
  readonly folder: string
}

/** A real schema on the embedded PostgreSQL, with somebody's own command to move it, and customers who have ordered. */
export async function startShopDatabase({ ownerUrl, folder }: Options) {
  const address = new URL(ownerUrl)
  const name = `${address.pathname.slice(1)}_shop`
  address.pathname = `/${name}`
  const url = address.href
  const backups = join(folder, 'backups')
  await mkdir(backups)
  const programs = await pretendPrograms(join(folder, 'programs'), shopMigrations)
  await inSession(ownerUrl, (client) => client.query(`CREATE DATABASE ${name}`))
  const listeners = new Set<() => void>()
  const migrateTo = async (to: number) => {
    await inSession(url, (client) => moved(client, shopMigrations, to))
    for (const listener of listeners) listener()
  }
  const version = async (): Promise<string> => {
    const sql = 'SELECT version::text AS version FROM schema_migrations'
    const found = await inSession(url, (client) => client.query<{ version: string }>(sql))
    return found.rows[0]?.version ?? 'none'
  }
  await migrateTo(atFirst)
  await inSession(url, (client) => client.query(rows))
  return {
    url,
    backups,
    programs,
    /** What somebody sees who looks into it. */
    query: async <Row extends object>(sql: string) =>
      (await inSession(url, (client) => client.query<Row>(sql))).rows,
    version,
    /** As the panel shows it. */
    state: async (): Promise<ServiceState> => ({
      name: shopOnDatabase.service,
      kind: 'schema',
      version: await version(),
      frozen: false,
      pods: [],
      errorRate: null,
      p95: null,
    }),
    /** As the pipeline does when a release brings a migration along. */
    bringNewest: () => migrateTo(newest),
    onChange: (listener: () => void) => void listeners.add(listener),
    close: () =>
      inSession(ownerUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  }
}

/** The next version of the checkout, which is bad and needs the newest migration; the schema is brought there beside it. */
export const shipWithMigration = (cluster: Cluster): string =>
  shipBad(cluster, 'checkout', 'errors', { annotations: marks.next })

/** The shop's backups end with the play, in a folder that no configuration may name: what is below /tmp is no place for real ones. */
export const keptIn = (catalogue: Catalogue, backups: string): Catalogue =>
  new Map(
    [...catalogue].map(([name, service]) => [
      name,
      {
        ...service,
        targets: service.targets.map((target) =>
          target.executor === 'database'
            ? { ...target, spec: { ...Object(target.spec), backups } }
            : target,
        ),
      },
    ]),
  )

const rows = `
  INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bo'), (3, 'Cem');
  INSERT INTO coupons VALUES ('SPRING', 10);
  INSERT INTO orders VALUES (81311, 'Ann', 4200, 'SPRING'), (81327, 'Cem', 1250, NULL)`
