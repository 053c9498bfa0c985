import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { processesOf } from '../control-plane/processes.ts'
import { dbmate, golangMigrate } from './tools.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A whole PostgreSQL with its own programs, and the two tools. */
    readonly migrating: {
      readonly url: string
      readonly programs: string
      readonly dbmate: string
      readonly golangMigrate: string
    }
  }
}

const password = 'a password: with \\ and hunter2'
let stop: () => Promise<void> = async () => undefined

/** Once, before the files of the lane: Debian's PostgreSQL, server and client of one version, on a free port. */
export async function setup(project: TestProject): Promise<void> {
  const programs = globSync('/usr/lib/postgresql/*/bin')
    .toSorted()
    .findLast((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_dump')))
  if (programs === undefined)
    throw new Error('PostgreSQL is missing: on Debian `apt-get install postgresql`.')
  const tools = { dbmate: dbmate(), golangMigrate: golangMigrate() }
  const folder = mkdtempSync(join(tmpdir(), 'countermand-migrations-'))
  chmodSync(folder, 0o777)
  const processes = processesOf(folder)
  stop = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const data = join(folder, 'data')
  const secret = join(folder, 'password')
  writeFileSync(secret, password, { mode: 0o644 })
  const init = asNobody(join(programs, 'initdb'))
  const options = ['--username=shop', '--auth=scram-sha-256', `--pwfile=${secret}`, '--no-sync']
  execFileSync(init.file, [...init.args, '--pgdata', data, ...options], {
    stdio: 'pipe',
    cwd: folder,
  })
  const port = await freePort()
  const server = asNobody(join(programs, 'postgres'))
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
  ]
  const started = await processes.start('postgres', server.file, [
    ...server.args,
    '-D',
    data,
    ...settings.flatMap((one) => ['-c', one]),
  ])
  const url = `postgres://shop:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres?sslmode=disable`
  await answers(url, started.lastWords)
  project.provide('migrating', { url, programs, ...tools })
}

export const teardown = (): Promise<void> => stop()

/** PostgreSQL refuses to be root's. */
const asNobody = (program: string) =>
  process.getuid?.() === 0
    ? {
        file: 'setpriv',
        args: ['--reuid=nobody', '--regid=nogroup', '--clear-groups', program],
      }
    : { file: program, args: [] }

async function answers(url: string, lastWords: () => string): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const client = new Client(url)
    try {
      await client.connect()
      return
    } catch (cause) {
      if (performance.now() > deadline)
        throw new Error(`PostgreSQL does not answer: ${lastWords()}`, { cause })
      await sleep(100)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
