import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const dbmateVersion = '2.36.0'
const migrateModule = 'github.com/golang-migrate/migrate/v4/cmd/migrate'
const migrateVersion = 'v4.19.0'

const cache = () => join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'countermand')

/** dbmate as npm has it, installed once into the user's cache. Throws one sentence where that cannot be done. */
export const dbmate = (): string =>
  join(
    once(`dbmate-${dbmateVersion}`, 'dbmate is missing: it takes a registry of npm.', (folder) => {
      const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--ignore-scripts']
      execFileSync('npm', [...args, `dbmate@${dbmateVersion}`], { stdio: 'pipe', cwd: folder })
    }),
    `node_modules/@dbmate/${process.platform}-${process.arch}/bin/dbmate`,
  )

/** golang-migrate with its driver for PostgreSQL, built once from Go's module proxy. */
export const golangMigrate = (): string =>
  join(
    once(
      `golang-migrate-${migrateVersion}`,
      'golang-migrate is missing: it takes Go 1.21 or newer, and its module proxy.',
      (folder) => {
        const args = ['install', '-tags', 'postgres', `${migrateModule}@${migrateVersion}`]
        const env = { ...process.env, GOBIN: folder, GOFLAGS: '', CGO_ENABLED: '0' }
        execFileSync('go', args, { stdio: 'pipe', cwd: folder, env })
      },
    ),
    'migrate',
  )

/** Safe to run twice at once: whoever comes second finds the first one's. */
function once(name: string, missing: string, install: (folder: string) => void): string {
  const folder = join(cache(), name)
  if (existsSync(folder)) return folder
  mkdirSync(cache(), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    install(unfinished)
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } catch (cause) {
    throw new Error(missing, { cause })
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}
