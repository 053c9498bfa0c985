import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const parts = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const
const here = fileURLToPath(new URL('.', import.meta.url))

export type Say = (line: string) => void

/** The folder with the servers and kubectl, built from source when this `go.mod` was never built by this user. Safe to run twice at once. */
export async function builtBinaries(say: Say): Promise<string> {
  const { version, folder } = wanted()
  if (existsSync(folder)) return folder
  say(`Building Kubernetes ${version} from source; about ten minutes the first time.`)
  mkdirSync(join(folder, '..'), { recursive: true })
  const unfinished = mkdtempSync(`${folder}.`)
  try {
    for (const [index, part] of parts.entries()) {
      say(`  ${part} (${index + 1} of ${parts.length}) …`)
      await goBuild(part, version, join(unfinished, part))
    }
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  return folder
}

/** Named by what goes into it: another version or another module beside it is another folder. */
export function wanted(): { readonly version: string; readonly folder: string } {
  const goMod = readFileSync(join(here, 'go.mod'), 'utf8')
  const version = /^\s*k8s\.io\/kubernetes (v[\w.-]+)/m.exec(goMod)?.[1]
  if (version === undefined) throw new Error('go.mod names no version of k8s.io/kubernetes')
  const hash = createHash('sha256').update(goMod).digest('hex').slice(0, 8)
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return { version, folder: join(cache, 'countermand', 'control-plane', `${version}-${hash}`) }
}

async function goBuild(part: string, version: string, to: string): Promise<void> {
  const [major = '', minor = ''] = version.slice(1).split('.')
  const stamps = {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/client-go/pkg/version.gitVersion': version,
  }
  const flags = Object.entries(stamps).map(([name, value]) => `-X ${name}=${value}`)
  const said: string[] = []
  const build = spawn(
    'go',
    [
      'build',
      '-trimpath',
      '-ldflags',
      ['-s', '-w', ...flags].join(' '),
      '-o',
      to,
      `k8s.io/kubernetes/cmd/${part}`,
    ],
    { cwd: here, env: { ...process.env, CGO_ENABLED: '0' }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  build.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    build.once('error', (cause) => reject(new Error(missingGo, { cause })))
    build.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(
      `go could not build ${part}:\n${said.join('').split('\n').slice(-20).join('\n')}`,
    )
}

const missingGo =
  'Go is missing, and the control plane is built with it: install it from go.dev/dl, or on Debian 13 with `apt-get install golang-go` (1.21 or newer fetches the version it needs by itself; Debian 12 has an older one).'
