import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestProject } from 'vitest/node'
import { processesOf } from '../control-plane/processes.ts'
import { dockerPrograms } from './binaries.ts'

/** What the files of the lane work with. */
export interface RealDocker {
  readonly socket: string
  readonly docker: string
  /** Where Docker's command finds Compose. */
  readonly home: string
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Why no engine runs here, in a sentence; or the engine. */
    docker: RealDocker | string
  }
}

/** One engine for the lane, with images made here; where none can run that is said once, and the tests are skipped. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-docker-'))
  const processes = processesOf(folder)
  const close = async () => {
    await processes.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    project.provide('docker', await start(folder, processes))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    console.log(`No Docker Engine runs here, so what needs one is skipped: ${why}.`)
    project.provide('docker', why)
  }
  return close
}

async function start(
  folder: string,
  processes: ReturnType<typeof processesOf>,
): Promise<RealDocker> {
  if (process.getuid?.() !== 0) throw new Error('only root can start one')
  const { path, plugin, busybox } = dockerPrograms((line) => console.log(line))
  const socket = join(folder, 'docker.sock')
  const data = join(folder, 'data')
  const engine = await processes.start(
    'dockerd',
    'dockerd',
    [
      '--data-root',
      data,
      '--exec-root',
      join(folder, 'run'),
      '-H',
      `unix://${socket}`,
      '--pidfile',
      join(folder, 'docker.pid'),
      // The machine's own network stays as it is.
      '--iptables=false',
      '--ip6tables=false',
      '--ip-forward=false',
      '--ip-masq=false',
      '--bridge=none',
    ],
    { env: { PATH: path }, missing: 'dockerd cannot be started' },
  )
  const docker = join(path.split(':')[1] ?? '', 'docker')
  const home = join(folder, 'home')
  mkdirSync(join(home, '.docker/cli-plugins'), { recursive: true })
  symlinkSync(plugin, join(home, '.docker/cli-plugins/docker-compose'))
  const env = { PATH: path, HOME: home, DOCKER_HOST: `unix://${socket}` }
  for (let waited = 0; ; waited += 1) {
    try {
      execFileSync(docker, ['info'], { env, stdio: 'ignore' })
      break
    } catch {
      if (engine.hasEnded() || waited > 300)
        throw new Error(`dockerd did not start (${engine.lastWords().slice(-300)})`)
      await sleep(100)
    }
  }
  for (const tag of ['1.0', '1.1', '1.2', 'bad']) importImage(folder, tag, busybox, docker, env)
  return { socket, docker, home }
}

/** A web server of two megabytes; the bad one has no health. */
function importImage(
  folder: string,
  tag: string,
  busybox: string,
  docker: string,
  env: Readonly<Record<string, string>>,
): void {
  const root = join(folder, `root-${tag}`)
  mkdirSync(join(root, 'bin'), { recursive: true })
  mkdirSync(join(root, 'www/cgi-bin'), { recursive: true })
  execFileSync('cp', [busybox, join(root, 'bin/busybox')])
  for (const name of ['httpd', 'wget', 'sh']) symlinkSync('busybox', join(root, 'bin', name))
  writeFileSync(join(root, 'www/version'), tag)
  if (tag !== 'bad') writeFileSync(join(root, 'www/health'), 'ok')
  // For whoever tells versions by a header.
  const says = `#!/bin/sh\nprintf 'X-Version: ${tag}\\r\\nContent-Type: text/plain\\r\\n\\r\\nok'\n`
  writeFileSync(join(root, 'www/cgi-bin/version'), says, { mode: 0o755 })
  const archive = join(folder, `${tag}.tar`)
  execFileSync('tar', ['-C', root, '-cf', archive, '.'])
  const entry = 'ENTRYPOINT ["/bin/httpd","-f","-v","-p","8080","-h","/www"]'
  execFileSync(docker, ['import', '-c', entry, archive, `shop/checkout:${tag}`], {
    env,
    stdio: 'ignore',
  })
}
