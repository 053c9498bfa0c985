import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, addressOf, migrating } from './connection.ts'
import { type DatabaseParts } from './context.ts'
import { messageOf, NoAnswer } from './failure.ts'
import type { DatabaseTarget } from './schema.ts'

export interface Program {
  readonly file: string
  readonly args: readonly string[]
}

export interface Ran {
  /** Zero is success; null where it was ended from outside, and nothing can be concluded. */
  readonly code: number | null
  readonly out: string
  /** The last of what it said, without secrets. */
  readonly said: string
}

const usualMs = 600_000

/**
 * Runs a program on a database, without a shell and without a terminal. The password stands in a file that only we can read, for as
 * long as it runs: neither arguments nor variables are anybody's secret. Throws where the program cannot be started.
 */
export async function runOn(
  parts: DatabaseParts,
  target: DatabaseTarget,
  program: Program,
  signal: AbortSignal,
): Promise<Ran> {
  const address = addressOf(parts, target)
  // Its own, and empty: a tool that reads settings from where it stands finds none.
  const folder = await mkdtemp(join(tmpdir(), 'countermand-migrating-'))
  try {
    const passFile = join(folder, 'pgpass')
    await writeFile(passFile, passLine(address), { mode: 0o600 })
    return await run(program, {
      cwd: folder,
      env: environmentOf(address, passFile),
      timeoutMs: parts.runMs ?? usualMs,
      scrub: parts.scrub,
      signal,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs a program that asks no database. */
export const runAlone = (
  { scrub }: Pick<DatabaseParts, 'scrub'>,
  program: Program,
  signal: AbortSignal,
): Promise<Ran> => run(program, { cwd: '/', env: inherited(), timeoutMs: usualMs, scrub, signal })

interface Around {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly scrub: (text: string) => string
  readonly signal: AbortSignal
}

function run({ file, args }: Program, { timeoutMs, scrub, ...around }: Around): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { ...around, timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024 }
    const child = execFile(file, args, options, (error, out, err) => {
      const said = scrub(lastOf(`${out}\n${err}`))
      if (!error) return resolve({ code: 0, out, said })
      if (around.signal.aborted) return reject(error)
      if (typeof error.code === 'number') return resolve({ code: error.code, out, said })
      if (error.killed || error.signal) return resolve({ code: null, out, said })
      reject(
        new NoAnswer(`${file} cannot be started: ${scrub(messageOf(error))}`, { cause: error }),
      )
    })
    child.stdin?.end()
  })
}

const environmentOf = (
  { host, port, user, database, url, sslMode }: Address,
  passFile: string,
): Readonly<Record<string, string>> => ({
  ...inherited(),
  PGHOST: host,
  PGPORT: port,
  PGUSER: user,
  PGDATABASE: database,
  PGPASSFILE: passFile,
  PGAPPNAME: migrating,
  PGCONNECT_TIMEOUT: '10',
  ...(sslMode === null ? {} : { PGSSLMODE: sslMode }),
  DATABASE_URL: url,
})

/** Our own secrets are no tool's business. */
const inherited = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['PATH', 'LANG', 'LC_ALL', 'TZ', 'HOME'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** As libpq reads it; a colon and a backslash are escaped. */
const passLine = ({ host, port, database, user, password }: Address): string =>
  `${[host, port, database, user, password].map((part) => part.replaceAll(/[\\:]/g, String.raw`\$&`)).join(':')}\n`

const lastOf = (text: string): string => text.trim().split('\n').slice(-5).join(' · ').slice(-600)
