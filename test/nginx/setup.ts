import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The program; null where there is none. */
    nginx: string | null
  }
}

/** The nginx of this machine, else Debian's package, unpacked once into the user's cache; where there is neither, that is said and the tests are skipped. */
export function setup(project: TestProject): void {
  const program = [installed, unpacked].map((find) => find()).find(works)
  if (program === undefined)
    console.log('There is no nginx here, nor Debian’s package of it: what needs one is skipped.')
  project.provide('nginx', program ?? null)
}

const works = (program: string | undefined): boolean =>
  program !== undefined && spawnSync(program, ['-v']).status === 0

const installed = (): string | undefined =>
  `${process.env['PATH'] ?? ''}:/usr/sbin`
    .split(':')
    .map((folder) => join(folder, 'nginx'))
    .find((path) => existsSync(path))

function unpacked(): string | undefined {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'countermand', 'nginx')
  if (!existsSync(folder)) unpack(folder)
  const path = join(folder, 'usr/sbin/nginx')
  return existsSync(path) ? path : undefined
}

function unpack(folder: string): void {
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  const download = () =>
    spawnSync('apt-get', ['download', '-qq', 'nginx'], { cwd: unfinished }).status === 0
  try {
    // Without lists nothing can be found; only root may fetch them.
    if (!download()) spawnSync('apt-get', ['update', '-qq'])
    if (globSync(join(unfinished, '*.deb')).length === 0 && !download()) return
    for (const file of globSync(join(unfinished, '*.deb')))
      execFileSync('dpkg-deb', ['-x', file, unfinished])
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}
