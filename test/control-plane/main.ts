import { spawn } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { builtBinaries } from './binaries.ts'
import { clientOf } from './client.ts'
import { startNodes } from './nodes.ts'
import { startControlPlane } from './plane.ts'

const usage = `node test/control-plane/main.ts <command>
  build   builds the servers, about ten minutes the first time
  start   starts a cluster with three pretend nodes, until Ctrl-C
  up      the same in the background; prints the path for KUBECONFIG, also of one that runs already
  down    stops that one
The end of a tag says how pods of an image behave: web:2-missing, web:2-crash, web:2-unready, web:2-slow.`

const background = join(tmpdir(), `countermand-cluster-${process.getuid?.() ?? 0}`)
const kubeconfigFile = join(background, 'kubeconfig')
const pidFile = join(background, 'pid')
const say = (line: string) => console.error(line)

try {
  await run(process.argv[2])
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function run(command: string | undefined): Promise<void> {
  switch (command) {
    case 'build':
      return console.log(await builtBinaries(say))
    case 'start':
      return start(process.env['COUNTERMAND_CLUSTER_FILE'])
    case 'up':
      return up()
    case 'down':
      return down()
    default:
      throw new Error(usage)
  }
}

async function start(copyTo: string | undefined): Promise<void> {
  // From the first moment: whoever is stopped while it starts must not leave servers behind.
  const stopped = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.resolve())
  const plane = await startControlPlane(say)
  const client = await clientOf(plane.adminKubeconfig)
  const nodes = await startNodes(client)
  say(
    `Ready after ${plane.readyAfterMs} ms with ${Math.round(plane.memoryBytes() / 2 ** 20)} MiB; ${nodes.names.length} nodes.`,
  )
  say(`kubectl: ${plane.kubectl}`)
  console.log(`export KUBECONFIG=${plane.adminKubeconfig}`)
  if (copyTo) writeFileSync(copyTo, readFileSync(plane.adminKubeconfig), { mode: 0o600 })
  const alive = setInterval(() => undefined, 60_000)
  await stopped.promise
  clearInterval(alive)
  await nodes.close()
  client.close()
  if (copyTo) rmSync(copyTo, { force: true })
  await plane.stop()
}

/** Runs `start` in another process and waits for its kubeconfig. */
async function up(): Promise<void> {
  mkdirSync(background, { recursive: true, mode: 0o700 })
  if (!isUp()) {
    rmSync(kubeconfigFile, { force: true })
    await builtBinaries(say)
    const log = openSync(join(background, 'log'), 'w')
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'start'], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, COUNTERMAND_CLUSTER_FILE: kubeconfigFile },
    })
    child.unref()
    writeFileSync(pidFile, String(child.pid))
  }
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (read(kubeconfigFile)) return console.log(kubeconfigFile)
    if (!isUp()) break
    await sleep(50)
  }
  throw new Error(`it did not start:\n${read(join(background, 'log'))}`)
}

async function down(): Promise<void> {
  if (isUp()) process.kill(Number(read(pidFile)), 'SIGTERM')
  while (isUp()) await sleep(50)
  rmSync(background, { recursive: true, force: true })
}

function isUp(): boolean {
  const pid = Number(read(pidFile))
  if (!pid) return false
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
