import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { migrating } from './connection.ts'
import { runKey } from './lock.ts'

/**
 * A program of its own: runs somebody's own command, and keeps a session open in the database for exactly as long. Such a command
 * reads no name of ours for its sessions, so this is how whoever comes after a crash sees that it is still at work, on whatever
 * machine; and two of them never run at once. One that was started before a crash, and came late to its session, runs nothing: the
 * version that it was started for has to be applied still. Ends as the command has ended.
 */
async function keep([expected = '', asking = '0', ...all]: readonly string[]): Promise<void> {
  const asked = all.slice(0, Number(asking))
  const [file = '', ...args] = all.slice(Number(asking))
  const first = await session()
  if (!first) return refuse('another run is still at work')
  const found = await versionBy(asked)
  if (found !== expected) {
    await first.end()
    return refuse(`${found || 'nothing'} is applied by now, and not ${expected || 'nothing'}`)
  }
  const over = new AbortController()
  const keeping = heldUntil(over.signal, first)
  for (const one of groupSignals) process.on(one, goOn)
  const { code, signal } = await ran(file, args)
  over.abort()
  await keeping
  for (const one of groupSignals) process.off(one, goOn)
  if (signal) process.kill(process.pid, signal)
  process.exitCode = code ?? 1
}

/** Nothing was run, and whoever looks again finds what there is left to do. */
function refuse(why: string): void {
  process.stderr.write(`can't acquire database lock: ${why}\n`)
  process.exitCode = 75
}

/** As its own program says it: `41`, or `41 dirty`. */
async function versionBy([file = '', ...args]: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args, { timeout: 600_000 })
  const [version = '', dirty] = stdout.trim().split(/\s+/)
  return dirty === 'dirty' ? `${version} dirty` : version
}

const groupSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
const goOn = (): void => undefined

interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** Whatever is sent to all of its group, this one outlives its command: that decides whether it goes on. */
function ran(file: string, args: readonly string[]): Promise<End> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', (error) => {
      process.stderr.write(`${file} cannot be started: ${error.message}\n`)
      resolve({ code: 127, signal: null })
    })
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** A session that is lost is opened again: the command may go on without noticing. */
async function heldUntil(over: AbortSignal, first: Client): Promise<void> {
  for (let client: Client | undefined = first; !over.aborted; ) {
    if (client) await lost(client, over)
    else await sleep(1_000, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return client?.end().catch(() => undefined)
    client = await session().catch(() => undefined)
  }
}

const lost = (client: Client, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    client.once('end', () => resolve())
    over.addEventListener('abort', () => resolve())
  })

/** `undefined` where another one is at work. */
async function session(): Promise<Client | undefined> {
  const client = new Client({
    connectionString: await address(),
    application_name: migrating,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 25_000,
    query_timeout: 30_000,
    keepAlive: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [
    runKey,
  ])
  if (rows[0]?.got === true) return client
  await client.end()
  return undefined
}

/** What every tool is told: the address, and beside it the password as the last part of the only line in a file. */
async function address(): Promise<string> {
  const url = new URL(process.env['DATABASE_URL'] ?? '')
  const line = (await readFile(process.env['PGPASSFILE'] ?? '', 'utf8')).trimEnd()
  const password = (/(?:\\.|[^:\\])*$/.exec(line)?.[0] ?? '').replaceAll(/\\(.)/g, '$1')
  url.password = encodeURIComponent(password)
  return url.href
}

try {
  await keep(process.argv.slice(2))
} catch (error) {
  process.stderr.write(
    `connection lost: ${error instanceof Error ? error.message : String(error)}\n`,
  )
  process.exitCode = 75
}
