import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const folders: string[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test('stopped, it leaves neither process nor folder; killed, it leaves both to the next one, which clears them away', async () => {
  // Apart from other runs, which would clear up, too.
  const TMPDIR = aFolder()
  const killed = await started({ TMPDIR })
  killed.child.kill('SIGKILL')
  await killed.ended
  const left = killed.servers().filter(lives)

  const next = await started({ TMPDIR })
  const cleared = killed.servers().filter(lives)
  const own = next.servers()
  const lived = own.filter(lives)
  next.child.kill('SIGINT')
  await next.ended

  expect(left).toHaveLength(4)
  expect(cleared).toEqual([])
  expect(existsSync(killed.folder)).toBe(false)
  expect(lived).toHaveLength(4)
  expect(own.filter(lives)).toEqual([])
  expect(existsSync(next.folder)).toBe(false)
})

test.for([
  ['etcd', {}, 'etcd is missing: install it with `apt-get install etcd-server`'],
  ['Go', { XDG_CACHE_HOME: aFolder }, 'Go is missing, and the control plane is built with it'],
] as const)('says what to install when %s is missing', async ([, env, words]) => {
  const own = Object.fromEntries(Object.entries(env).map(([name, make]) => [name, make()]))

  const { said, ended } = run({ ...own, PATH: aFolder() })

  expect(await ended).toBe(1)
  expect(said()).toContain(words)
})

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-lane-'))
  folders.push(folder)
  return folder
}

function run(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [main, 'start'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const said: string[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, said: () => said.join('') }
}

const ProcessRecord = z.object({ started: z.array(z.object({ pid: z.number() })) })

async function started(env: NodeJS.ProcessEnv) {
  const { child, ended, said } = run(env)
  const kubeconfig = () => /KUBECONFIG=(.*)/.exec(said())?.[1]
  while (kubeconfig() === undefined) {
    if (child.exitCode !== null) throw new Error(said())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const folder = dirname(kubeconfig() ?? '')
  const text = readFileSync(join(folder, 'processes.json'), 'utf8')
  const pids = ProcessRecord.parse(JSON.parse(text)).started.map(({ pid }) => pid)
  return { child, ended, folder, servers: () => pids }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
