import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { type Embedded, startEmbedded } from '#postgres/embedded.ts'
import { databaseAt, silent } from '../support/database-server.ts'
import { installUnleash, startUnleash } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly unleash: string
  }
}

let server: Embedded | undefined
let unleash: Awaited<ReturnType<typeof startUnleash>> | undefined
const name = `unleash_${process.pid}`

/** Once per run: a real Unleash with a database of its own in a real PostgreSQL. */
export async function setup(project: TestProject): Promise<void> {
  installUnleash((line) => console.log(line))
  const dataDir = join(tmpdir(), `countermand-unleash-postgres-${process.getuid?.() ?? 0}`)
  server = await startEmbedded({ dataDir, log: silent, durable: false })
  await told(server.url, `CREATE DATABASE ${name}`)
  unleash = await startUnleash(databaseAt(server.url, name))
  project.provide('unleash', unleash.url)
}

export async function teardown(): Promise<void> {
  await unleash?.close()
  if (server) await told(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  await server?.stop()
}

async function told(url: string, sql: string): Promise<void> {
  const client = new Client(url)
  await client.connect()
  await client.query(sql)
  await client.end()
}
