import { randomBytes } from 'node:crypto'
import { Client, Pool } from 'pg'
import { inject } from 'vitest'
import type { Micros } from '#domain/time.ts'
import { shiftClock } from '#postgres/clock.ts'
import { openPools, type Pools } from '#postgres/pools.ts'
import { databaseAt, silent } from './database-server.ts'

export interface TestDatabase {
  /** What the bot would be given. */
  readonly url: string
  readonly ownerUrl: string
  /** The bot's own connections, with its rights only. */
  readonly pools: Pools
  /** The owner's: for looking, and for tampering. */
  readonly owner: Pool
  moveClock(by: Micros): Promise<void>
  close(): Promise<void>
}

/** A migrated, empty database of its own, on a clock that can be moved. Ask for it once per test file. */
export async function freshDatabase(): Promise<TestDatabase> {
  const server = inject('databaseServer')
  const name = `${server.prefix}${randomBytes(5).toString('hex')}`
  await createFrom(server.ownerUrl, server.template, name)
  const ownerUrl = databaseAt(server.ownerUrl, name)
  const url = databaseAt(server.runtimeUrl, name)
  const owner = new Pool({ connectionString: ownerUrl, max: 3 })
  owner.on('error', () => undefined)
  const pools = openPools({ url, log: silent })
  return {
    url,
    ownerUrl,
    pools,
    owner,
    moveClock: (by) => shiftClock(owner, by),
    close: async () => {
      await Promise.all([owner.end(), pools.close()])
    },
  }
}

async function createFrom(ownerUrl: string, template: string, name: string): Promise<void> {
  const client = new Client(ownerUrl)
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  } finally {
    await client.end()
  }
}
