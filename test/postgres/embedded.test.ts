import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canReach } from '#postgres/embedded/account.ts'
import { startEmbedded } from '#postgres/embedded.ts'
import { silent } from '../support/database-server.ts'

let folder: string
const bots: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-'))
  chmodSync(folder, 0o755)
})
afterEach(async () => {
  for (const bot of bots.splice(0)) bot.kill('SIGKILL')
  if (existsSync(join(folder, 'data', 'cluster', 'postmaster.pid'))) {
    const left = await startEmbedded({ dataDir: join(folder, 'data'), log: silent, durable: false })
    await left.stop()
  }
  rmSync(folder, { recursive: true, force: true })
})

interface Started {
  readonly url: string
  readonly runtimeUrl: string
  readonly adopted: boolean
}

async function bot(
  durable = '',
): Promise<{ readonly process: ChildProcess; readonly started: Started }> {
  const starter = fileURLToPath(new URL('./starter.ts', import.meta.url))
  const child = fork(starter, [join(folder, 'data'), durable], { execArgv: [] })
  bots.push(child)
  const [started] = await once(child, 'message')
  return { process: child, started }
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0]
  } finally {
    await client.end()
  }
}

const pid = () =>
  Number(readFileSync(join(folder, 'data', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])

test('starts from nothing, keeps its files private, asks for passwords, and stops', async () => {
  const server = await startEmbedded({ dataDir: join(folder, 'data'), log: silent })

  expect(await ask(server.url, 'SELECT current_user')).toBe('countermand')
  expect(await ask(server.runtimeUrl, 'SELECT current_user')).toBe('countermand_runtime')
  expect(
    await ask(server.url, `SELECT datlocale FROM pg_database WHERE datname = 'countermand'`),
  ).toBe('C.UTF-8')
  expect(await ask(server.url, 'SHOW fsync')).toBe('on')
  expect(statSync(join(folder, 'data', 'cluster')).mode & 0o777).toBe(0o700)
  const guess = server.url.replace(/:[0-9a-f]{48}@/, ':guess@')
  await expect(ask(guess, 'SELECT 1')).rejects.toThrow('password authentication failed')
  const postmaster = pid()
  await server.stop()
  expect(() => process.kill(postmaster, 0)).toThrow('ESRCH')
})

describe('a second start', () => {
  test('adopts the server of a bot that was killed, with everything in it', async () => {
    const first = await bot()
    await ask(first.started.url, 'CREATE TABLE kept AS SELECT 42 AS value')
    const server = pid()
    first.process.kill('SIGKILL')
    await once(first.process, 'exit')

    const second = await bot()

    expect(second.started).toMatchObject({ adopted: true, url: first.started.url })
    expect(pid()).toBe(server)
    expect(await ask(second.started.url, 'SELECT value FROM kept')).toBe(42)
  })

  test('at the same moment shares one server, which ends with the last of them', async () => {
    const [a, b] = await Promise.all([bot(), bot()])
    const server = pid()
    expect(a.started.url).toBe(b.started.url)
    const user = new Client(b.started.url)
    await user.connect()

    a.process.send('stop')
    await once(a.process, 'exit')
    expect(pid()).toBe(server)

    await user.end()
    b.process.send('stop')
    await once(b.process, 'exit')
    expect(existsSync(join(folder, 'data', 'cluster', 'postmaster.pid'))).toBe(false)
  })

  test('recovers when the server itself was killed', async () => {
    const first = await bot('durable')
    await ask(first.started.url, 'CREATE TABLE kept AS SELECT 42 AS value')
    process.kill(pid(), 'SIGKILL')

    const second = await bot()

    expect(second.started.adopted).toBe(false)
    expect(await ask(second.started.url, 'SELECT value FROM kept')).toBe(42)
  })

  test.runIf(process.platform === 'linux')(
    'is not misled by a lock file whose number another program has now',
    async () => {
      const first = await bot()
      const lock = join(folder, 'data', 'cluster', 'postmaster.pid')
      const text = readFileSync(lock, 'utf8')
      first.process.send('stop')
      await once(first.process, 'exit')
      writeFileSync(lock, text.replace(/^\d+/, String(process.pid)))

      const second = await bot()

      expect(second.started.adopted).toBe(false)
      expect(await ask(second.started.url, 'SELECT 1')).toBe(1)
    },
  )
})

test('files of another version are refused in one sentence', async () => {
  const first = await bot()
  first.process.send('stop')
  await once(first.process, 'exit')
  writeFileSync(join(folder, 'data', 'cluster', 'PG_VERSION'), '12\n')

  const starting = startEmbedded({ dataDir: join(folder, 'data'), log: silent })

  await expect(starting).rejects.toThrow(/was made by PostgreSQL 12 and this is PostgreSQL 18/)
})

test('a folder that cannot be written to is refused in one sentence', async () => {
  writeFileSync(join(folder, 'file'), '')

  const starting = startEmbedded({ dataDir: join(folder, 'file', 'data'), log: silent })

  await expect(starting).rejects.toThrow(/cannot be kept in .*Choose another data folder/)
})

test('a folder below one that only its owner may enter is out of reach for others', () => {
  const home = join(folder, 'home')
  mkdirSync(home, { mode: 0o700 })
  const { uid, gid } = statSync(home)

  expect(canReach(join(home, 'data'), { uid, gid })).toBe(true)
  expect(canReach(join(home, 'data'), { uid: uid + 1, gid: gid + 1 })).toBe(false)
})
