import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Binaries {
  readonly prometheus: string
  readonly promtool: string
  readonly alertmanager: string
}

/** Debian gives Alertmanager a name of its own. */
const names = {
  prometheus: ['prometheus'],
  promtool: ['promtool'],
  alertmanager: ['prometheus-alertmanager', 'alertmanager'],
} as const satisfies Record<keyof Binaries, readonly string[]>

const packages = ['prometheus', 'prometheus-alertmanager'] as const

/**
 * The real programs: those that are installed, else those of Debian's packages, unpacked once into the user's cache rather than
 * installed, so that no service is started on this machine. Throws one sentence when neither is possible; the second needs root.
 */
export function realBinaries(say: (line: string) => void): Binaries {
  const installed = found((name) => onPath(name))
  if (installed) return installed
  const folder = cache()
  if (!existsSync(folder)) unpack(folder, say)
  const unpacked = found((name) => {
    const path = join(folder, 'usr', 'bin', name)
    return existsSync(path) ? path : undefined
  })
  if (!unpacked) throw new Error(`${folder} does not hold Prometheus: remove it and try again`)
  layTemplates(folder)
  return unpacked
}

/** Debian's Alertmanager reads its templates from this place, wherever it is itself. */
const templates = '/usr/share/prometheus/alertmanager'

function layTemplates(folder: string): void {
  if (existsSync(join(templates, 'default.tmpl'))) return
  if (process.getuid?.() !== 0) throw new Error(missing)
  cpSync(join(folder, templates), templates, { recursive: true })
}

function found(where: (name: string) => string | undefined): Binaries | undefined {
  const paths = Object.entries(names).map(
    ([part, each]) => [part, each.map(where).find((path) => path !== undefined)] as const,
  )
  return paths.every(([, path]) => path !== undefined)
    ? (Object.fromEntries(paths) as Readonly<Record<keyof Binaries, string>>)
    : undefined
}

const onPath = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(':')
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path))

const cache = (): string =>
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'countermand', 'signals')

const missing =
  'Prometheus and Alertmanager are missing: on Debian `apt-get install prometheus prometheus-alertmanager`, elsewhere put prometheus, promtool and alertmanager on the PATH.'

function unpack(folder: string, say: (line: string) => void): void {
  if (onPath('apt-get') === undefined || onPath('dpkg-deb') === undefined) throw new Error(missing)
  say(`Unpacking Debian’s ${packages.join(' and ')} into the user’s cache, the first time.`)
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    if (!download(unfinished)) {
      // Without lists nothing can be found; only root may fetch them.
      if (process.getuid?.() === 0) spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
      if (!download(unfinished)) throw new Error(missing)
    }
    for (const file of globSync(join(unfinished, '*.deb')))
      execFileSync('dpkg-deb', ['-x', file, unfinished])
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

const download = (into: string): boolean =>
  spawnSync('apt-get', ['download', '-qq', ...packages], { cwd: into, stdio: 'ignore' }).status ===
  0
