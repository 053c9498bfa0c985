import { execFile, spawn } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, addressOf, migrating } from './connection.ts'
import { type DatabaseParts } from './context.ts'
import { codeOf, messageOf, NoAnswer } from './failure.ts'
import { lastWords } from './said.ts'
import type { DatabaseTarget } from './schema.ts'

export interface Program {
  readonly file: string
  readonly args: readonly string[]
  /** Beside what every program is told. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Ran {
  /** Zero is success; null where it was ended from outside, and nothing can be concluded. */
  readonly code: number | null
  readonly out: string
  /** The last of what it said, without secrets. */
  readonly said: string
  /** It was ended because its time was over. */
  readonly isLate: boolean
}

const usualMs = 600_000
const folderPrefix = 'countermand-migrating-'

/**
 * Runs a program on a database, without a shell and without a terminal. The password stands in a file that only we can read, for as
 * long as it runs: neither arguments nor variables are anybody's secret. Throws where the program cannot be started.
 */
export async function runOn(
  parts: DatabaseParts,
  target: DatabaseTarget,
  program: Program,
  signal: AbortSignal,
  timeoutMs = usualMs,
): Promise<Ran> {
  const around = await aroundFor(parts, target)
  try {
    return await run(program, { ...around, timeoutMs, scrub: parts.scrub, signal })
  } finally {
    await remove(around.cwd)
  }
}

/**
 * Starts a program that moves a schema. It is at work whatever becomes of us: half of a migration is worse than all of it. What it
 * says goes to a file, so that it can speak when nobody listens any more. `programIn` is given the folder it stands in.
 */
export async function startOn(
  parts: DatabaseParts,
  target: DatabaseTarget,
  programIn: (folder: string) => Promise<Program>,
): Promise<{ readonly ended: Promise<Ran> }> {
  await removeLeft()
  const around = await aroundFor(parts, target)
  try {
    const program = await programIn(around.cwd)
    parts.beforeChange?.()
    const work = await started(program, around, parts.scrub)
    const ended = thenRemoved(work.ended, around.cwd)
    // Whoever stopped waiting reads in the database what became of it.
    ended.catch(() => undefined)
    return { ended }
  } catch (error) {
    await remove(around.cwd)
    throw error
  }
}

async function thenRemoved(work: Promise<Ran>, folder: string): Promise<Ran> {
  try {
    return await work
  } finally {
    await remove(folder)
  }
}

async function started(
  { file, args, env: own }: Program,
  { cwd, env }: Pick<Around, 'cwd' | 'env'>,
  scrub: (text: string) => string,
): Promise<{ readonly ended: Promise<Ran> }> {
  const output = join(cwd, 'said')
  const said = await open(output, 'wx', 0o600)
  try {
    const stdio = ['ignore', said.fd, said.fd] as const
    const child = spawn(file, args, {
      cwd,
      env: { ...env, ...own },
      detached: true,
      stdio: [...stdio],
    })
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once('error', (error) =>
        reject(
          new NoAnswer(`${file} cannot be started: ${scrub(error.message)}`, { cause: error }),
        ),
      )
      child.once('exit', (code) => {
        const read = readFile(output, 'utf8').catch(() => '')
        void read.then((text) =>
          resolve({ code, out: text, said: scrub(lastWords(text)), isLate: false }),
        )
      })
    })
    child.unref()
    ended.catch(() => undefined)
    if (child.pid !== undefined) await writeFile(join(cwd, 'pid'), String(child.pid))
    return { ended }
  } finally {
    await said.close()
  }
}

/** Its own, and empty: a tool that reads settings from where it stands finds none. */
async function aroundFor(
  parts: DatabaseParts,
  target: DatabaseTarget,
): Promise<Pick<Around, 'cwd' | 'env'>> {
  const address = addressOf(parts, target)
  const cwd = await mkdtemp(join(tmpdir(), folderPrefix))
  const passFile = join(cwd, 'pgpass')
  await writeFile(passFile, passLine(address), { mode: 0o600 })
  return { cwd, env: environmentOf(address, passFile) }
}

const remove = (folder: string) => rm(folder, { recursive: true, force: true })

/** What tools left that outlived the process that started them. */
async function removeLeft(): Promise<void> {
  const names = await readdir(tmpdir())
  for (const name of names.filter((one) => one.startsWith(folderPrefix))) {
    const folder = join(tmpdir(), name)
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''))
    if (pid > 0 && !lives(pid)) await remove(folder).catch(() => undefined)
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
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
      const said = scrub(lastWords(`${out}\n${err}`))
      if (!error) return resolve({ code: 0, out, said, isLate: false })
      if (around.signal.aborted) return reject(error)
      if (typeof error.code === 'number')
        return resolve({ code: error.code, out, said, isLate: false })
      if (error.killed || error.signal)
        return resolve({ code: null, out, said, isLate: error.killed === true })
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
