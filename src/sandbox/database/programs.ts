import { appendFile, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'

/** What may become of a program's next runs, in their order. */
const faults = ['fails-before', 'fails-after', 'ends-before', 'ends-after', 'late'] as const
export type ProgramFault = (typeof faults)[number]

/** A folder of programs that stand where PostgreSQL's own and a migration tool would stand. */
export interface PretendPrograms {
  readonly folder: string
  /** golang-migrate, as far as it is needed; and a command of somebody's own. */
  readonly migrate: string
  /** The next runs that would change something go wrong like this. */
  fail(...faults: readonly ProgramFault[]): Promise<void>
  /** What changed something, in order: `down 42`, `dump`. */
  log(): Promise<readonly string[]>
}

/** Writes programs into `folder`, each of which only starts its module here. `migrations` is where they find the files. */
export async function pretendPrograms(
  folder: string,
  migrations: string,
): Promise<PretendPrograms> {
  await mkdir(folder, { recursive: true })
  const about = { faults: join(folder, 'faults'), log: join(folder, 'log'), migrations }
  for (const [name, module] of Object.entries(modules)) {
    const file = join(folder, name)
    const url = new URL(module, import.meta.url).href
    await writeFile(
      file,
      `#!${process.execPath}\nimport(${JSON.stringify(url)}).then((own) => own.main(${JSON.stringify(about)}))\n`,
    )
    await chmod(file, 0o755)
  }
  return {
    folder,
    migrate: join(folder, 'migrate'),
    fail: (...next) => writeFile(about.faults, next.join(' ')),
    log: async () =>
      (await readFile(about.log, 'utf8').catch(() => '')).split('\n').filter((line) => line !== ''),
  }
}

const modules = { migrate: './migrate.ts', pg_dump: './pg-dump.ts', pg_restore: './pg-restore.ts' }

/** What a program is told by the one who wrote it. */
export interface About {
  readonly faults: string
  readonly log: string
  readonly migrations: string
}

/** Does `act`, and what goes wrong with it if something is to. */
export async function withFaults(about: About, act: () => Promise<string>): Promise<void> {
  const [name, ...rest] = (await readFile(about.faults, 'utf8').catch(() => '')).split(' ')
  const fault = faults.find((one) => one === name)
  if (fault !== undefined) await writeFile(about.faults, rest.join(' '))
  if (fault === 'fails-before') throw new Error('could not connect to server')
  if (fault === 'ends-before') process.kill(process.pid, 'SIGKILL')
  if (fault === 'late') await sleep(1_500)
  const done = await act()
  if (done !== '') await appendFile(about.log, `${done}\n`)
  if (fault === 'fails-after') throw new Error('the connection was lost')
  if (fault === 'ends-after') process.kill(process.pid, 'SIGKILL')
}

/** Ends the program as others do: one line on its error output, and a code. */
export async function asProgram(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

/** Where the files of the shop's database are. */
export const shopMigrations = fileURLToPath(new URL('./migrations', import.meta.url))
