import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { z } from 'zod'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { compose } from '#executors/compose/index.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'
import type { Trouble } from '../executors/troubles.ts'
import type { RealDocker } from './setup.ts'

export const signal = () => AbortSignal.timeout(120_000)
export const service = 'checkout'

export const engineHere = (): boolean => typeof inject('docker') !== 'string'

/** Throws where no engine runs. */
export function real(): RealDocker {
  const docker = inject('docker')
  if (typeof docker === 'string') throw new Error(docker)
  return docker
}

/** How many containers of a project’s service are healthy, by the engine’s own list: one moment, not several. */
async function healthyOf(socketPath: string, project: string): Promise<number> {
  const label = [`com.docker.compose.project=${project}`, `com.docker.compose.service=${service}`]
  const filters = encodeURIComponent(JSON.stringify({ label, health: ['healthy'] }))
  const listed = await new Promise<string>((resolve, reject) => {
    get({ socketPath, path: `/containers/json?filters=${filters}` }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.once('end', () => resolve(text))
    }).once('error', reject)
  })
  return z.array(z.unknown()).parse(JSON.parse(listed)).length
}

const composeFile = `services:
  checkout:
    image: shop/checkout:\${TAG}
    pull_policy: never
    stop_grace_period: 1s
    environment: { SECRET: hunter2, LEVEL: "\${LEVEL}" }
    healthcheck:
      test: [CMD, /bin/wget, -q, -O, "-", "http://127.0.0.1:8080/health"]
      interval: 300ms
      timeout: 5s
      retries: 5
  other:
    image: shop/checkout:1.0
    pull_policy: never
    stop_grace_period: 1s
`

interface Setup {
  /** Tags, oldest first; each is deployed and looked at. */
  readonly versions?: readonly string[]
  readonly scale?: number
  /** More of the service, as its file has it. */
  readonly settings?: string
  readonly patienceMs?: number
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
}

/** A project of its own on the real engine, deployed as somebody would by hand, and a fresh executor. */
export async function aProject({
  versions = ['1.0', '1.1'],
  scale = 1,
  settings = '',
  patienceMs = 60_000,
  beforeChange = () => undefined,
}: Setup = {}) {
  const { socket, docker, home } = real()
  const project = `shop${randomBytes(4).toString('hex')}`
  const directory = mkdtempSync(join(tmpdir(), 'countermand-compose-'))
  const env = { PATH: process.env['PATH'], HOME: home, DOCKER_HOST: `unix://${socket}` }
  const run = (...args: readonly string[]): string =>
    execFileSync(docker, args, {
      cwd: directory,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const plain = (...args: readonly string[]) => run('compose', '-p', project, ...args)
  const variables = (text: string) => writeFileSync(join(directory, '.env'), text)
  const ship = (tag: string, many = scale) => {
    variables(`TAG=${tag}\nLEVEL=info\n`)
    plain('up', '-d', '--no-deps', '--wait', '--scale', `checkout=${many}`, 'checkout')
  }
  writeFileSync(
    join(directory, 'compose.yaml'),
    composeFile.replace('  other:', `${settings === '' ? '' : `    ${settings}\n`}  other:`),
  )
  const record = memoryRevisions()
  const connection = { socket }
  const before = fileURLToPath(new URL('troubled.mjs', import.meta.url))
  const freshExecutor = (): Executor =>
    compose({
      hosts: new Map([
        [
          'prod',
          {
            engine: dockerEngine(connection),
            compose: composeCommand({
              connection,
              program: [process.execPath, before, directory, docker, home],
              patienceMs,
              beforeChange,
            }),
          },
        ],
      ]),
      revisions: record.revisions,
      servedLongMicros: 30 * 60 * 1_000_000,
      scrub: (text) => text,
      lookEveryMs: 100,
    })
  const executor = freshExecutor()
  const target: Target = {
    executor: 'compose',
    workload: workloadId(`compose/prod/${project}/checkout`),
    title: `prod/${project} Compose service checkout`,
    spec: { docker: 'prod', project, service, directory, files: ['compose.yaml'] },
  }
  const observe = () => executor.observe(target, signal())
  async function steady(): Promise<void> {
    for (;;) {
      const { units } = await observe()
      if (units.ready === units.count || versions.at(-1) === 'bad') return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  for (const tag of versions) {
    ship(tag)
    await steady()
    record.pass(60 * 60 * 1_000_000)
  }
  const containers = () =>
    plain('ps', '-aq', 'checkout')
      .split('\n')
      .filter((id) => id !== '')
      .map((id) => {
        const format =
          '{{.Name}} {{.Image}} {{.Config.Image}} {{index .Config.Labels "com.docker.compose.config-hash"}}'
        const [name, image, reference, hash] = run('inspect', '-f', format, id).trim().split(' ')
        return { id, name, image, reference, hash }
      })
      .toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found) throw new Error(`no ${name} among ${history.map((one) => one.name).join(', ')}`)
    return found.id
  }
  return {
    project,
    directory,
    executor,
    freshExecutor,
    target,
    observe,
    revision,
    containers,
    ship,
    docker: run,
    plain,
    variables,
    steady,
    changes: () => {
      const file = join(directory, 'changes')
      return existsSync(file) ? readFileSync(file, 'utf8').length : 0
    },
    trouble: (trouble: Trouble, times: number) => {
      const kind = trouble.kind === 'status' ? `status ${trouble.status}` : trouble.kind
      writeFileSync(join(directory, 'trouble.json'), JSON.stringify({ kind, times }))
    },
    /** Looks on from outside while something is done: every number of healthy containers there was. */
    async seenWhile(work: () => Promise<unknown>): Promise<ReadonlySet<number>> {
      const seen = new Set<number>()
      const done = new AbortController()
      const looking = (async () => {
        while (!done.signal.aborted) {
          seen.add(await healthyOf(socket, project))
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      })()
      try {
        await work()
      } finally {
        done.abort()
        await looking
      }
      return seen
    },
    remove: () => plain('rm', '-sf', 'checkout'),
    async route(name: string) {
      return executor.route(target, await observe(), await revision(name), 'rb_1', signal())
    },
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    undo: (step: Step | undefined) => executor.apply(step?.undo ?? null, 'rb_1.0.undo', signal()),
    async follow(step: Step | undefined): Promise<Progress | undefined> {
      let last: Progress | undefined
      for await (const one of executor.progress(step?.change ?? null, signal())) last = one
      return last
    },
    async close(): Promise<void> {
      variables('TAG=1.0\nLEVEL=info\n')
      plain('down', '-t', '0', '--remove-orphans')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
