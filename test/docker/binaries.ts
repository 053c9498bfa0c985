import { execFileSync, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

export interface Programs {
  /** Folders with `dockerd`, `containerd`, `runc` and `docker`, for the path. */
  readonly path: string
  /** `docker-compose`, the plugin. */
  readonly plugin: string
  /** A program that needs no library, to make images of. */
  readonly busybox: string
}

/** The release whose Compose is version 2; older ones have version 1 under the same name. */
const release = 'trixie'
const ofRelease = ['docker.io', 'docker-cli', 'docker-compose', 'containerd', 'tini']
/** Linked with the C library of the machine. */
const ofMachine = ['runc', 'busybox-static']

/** Debian's Docker and Compose 2, unpacked once into the user's cache rather than installed, so that no service is started. Throws one sentence where that cannot be. */
export function dockerPrograms(say: (line: string) => void): Programs {
  const folder = join(
    process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
    'countermand',
    `docker-${release}`,
  )
  if (!existsSync(folder)) unpack(folder, say)
  return {
    path: [join(folder, 'usr/sbin'), join(folder, 'usr/bin'), process.env['PATH'] ?? ''].join(':'),
    plugin: join(folder, 'usr/libexec/docker/cli-plugins/docker-compose'),
    busybox: join(folder, 'busybox'),
  }
}

function unpack(folder: string, say: (line: string) => void): void {
  say('Unpacking Debian’s Docker and Compose into the user’s cache, the first time.')
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    const apt = aptOf(unfinished)
    run('apt-get', [...apt, 'update', '-qq'], unfinished)
    run('apt-get', [...apt, 'download', '-qq', ...ofRelease], unfinished)
    if (spawnSync('apt-get', ['download', '-qq', ...ofMachine], { cwd: unfinished }).status !== 0) {
      run('apt-get', ['update', '-qq'], unfinished)
      run('apt-get', ['download', '-qq', ...ofMachine], unfinished)
    }
    for (const file of globSync(join(unfinished, '*.deb')))
      run('dpkg-deb', ['-x', file, unfinished], unfinished)
    const [busybox = ''] = globSync(join(unfinished, '{bin,usr/bin}/busybox'))
    copyFileSync(busybox, join(unfinished, 'busybox'))
    for (const left of ['lists', 'archives', ...globSync(join(unfinished, '*.deb'))])
      rmSync(left.startsWith('/') ? left : join(unfinished, left), { recursive: true, force: true })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** A list of packages of its own: the machine's stays as it is. From wherever the machine has Debian's. */
function aptOf(folder: string): readonly string[] {
  const targets = ['indextargets', '--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages']
  const mirror = run('apt-get', targets, folder)
    .split('\n')
    .find((line) => line.startsWith('Debian ') && !line.includes('security'))
    ?.replace('Debian ', '')
  if (mirror === undefined) throw new Error('this machine knows no mirror of Debian')
  const [list, keys] = [
    join(folder, 'sources.list'),
    '/usr/share/keyrings/debian-archive-keyring.gpg',
  ]
  writeFileSync(list, `deb [signed-by=${keys}] ${mirror} ${release} main\n`)
  for (const each of ['lists/partial', 'archives/partial'])
    mkdirSync(join(folder, each), { recursive: true })
  return [
    '-o',
    `Dir::Etc::sourcelist=${list}`,
    '-o',
    'Dir::Etc::sourceparts=-',
    '-o',
    `Dir::State::lists=${join(folder, 'lists')}`,
    '-o',
    `Dir::Cache=${folder}`,
  ]
}

function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (cause) {
    throw new Error('Debian’s packages of Docker and Compose cannot be had here', { cause })
  }
}
