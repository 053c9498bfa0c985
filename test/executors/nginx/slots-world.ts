import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { slotServices } from '#executors/compose/slots.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import { fileFor } from '#executors/nginx/file.ts'
import { nginx } from '#executors/nginx/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import type { Division, NginxTarget } from '#executors/nginx/schema.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { type Behaviour, healthy } from '#sandbox/cluster/behaviour.ts'
import { startDocker } from '#sandbox/docker/index.ts'
import { startNginx } from '#sandbox/nginx/index.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { signal } from './world.ts'

const project = 'shop'
const serviceIn = (slot: string) => `checkout-${slot}`
const imageOf = (version: string) => `shop/checkout:${version}`

export type SlotsWorld = Awaited<ReturnType<typeof slotsOnCompose>>

interface Setup {
  /** How long nginx and Compose are waited for. */
  readonly patienceMs?: number
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
}

/** Blue with 2.2.1 and green with 2.3.0, each a service of Compose, behind an nginx that sends everybody to green since a while; blue was stopped. */
export async function slotsOnCompose({
  patienceMs = 30_000,
  beforeChange = () => undefined,
}: Setup = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-slots-'))
  const file = join(folder, 'checkout.conf')
  let passedMs = 0
  const web = await startNginx(() => file)
  const docker = await startDocker({ now: () => new Date(Date.now() + passedMs) })
  const addresses = {
    blue: await web.slot('2.2.1'),
    green: await web.slot('2.3.0'),
  }
  const slots = ['blue', 'green'] as const
  /** What a container answers is what its image says; who has none does not answer. */
  const link = () => {
    for (const slot of slots) {
      const [image] = [...docker.running(project, serviceIn(slot)).keys()]
      const version = image?.split(':').at(-1)
      web.set(addresses[slot], { version, status: version === undefined ? 502 : 200 })
    }
  }
  const composeAt = (slot: string) => ({
    docker: 'prod',
    project,
    service: serviceIn(slot),
    directory: folder,
    files: ['compose.yaml'],
  })
  const spec: NginxTarget = {
    upstream: 'checkout',
    file,
    versionHeader: 'x-version',
    front: web.front,
    slots: Object.fromEntries(
      slots.map((slot) => [
        slot,
        {
          servers: [addresses[slot]],
          health: `http://${addresses[slot]}/health`,
          compose: composeAt(slot),
        },
      ]),
    ),
    sudo: false,
  }
  const connection = { url: docker.url }
  const hosts = new Map([
    [
      'prod',
      {
        engine: dockerEngine(connection),
        compose: composeCommand({
          connection,
          program: docker.program,
          patienceMs,
          beforeChange,
        }),
      },
    ],
  ])
  const record = memoryRevisions()
  const freshExecutor = (): Executor => {
    const { revisions } = record
    const parts = { revisions, servedLongMicros: 1_800_000_000, scrub: (text: string) => text }
    const slotsOf = slotServices({ hosts, ...parts, lookEveryMs: 5, retryMs: 5 })
    const program = nginxProgram({ program: web.program, timeoutMs: patienceMs, beforeChange })
    return nginx({ program, ...parts, slots: slotsOf, lookEveryMs: 5, retryMs: 5, missingMs: 50 })
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: 'nginx',
    workload: workloadId('nginx/checkout'),
    title: 'nginx upstream checkout',
    spec,
  }
  const divide = (division: Division) => {
    writeFileSync(file, fileFor(spec, division))
    web.reload()
  }
  const serve = async (serving: string) => divide({ serving, canary: null })
  const deploy = (slot: string, version: string) => {
    docker.build(imageOf(version))
    docker.deploy(project, serviceIn(slot), imageOf(version), folder)
    link()
  }
  const observe = () => executor.observe(target, signal())
  const unlink = docker.onChange(link)
  for (const [slot, version] of [
    ['blue', '2.2.1'],
    ['green', '2.3.0'],
  ] as const) {
    docker.declare(project, serviceIn(slot), {
      image: imageOf(version),
      settings: {},
      hasHealthCheck: true,
    })
    deploy(slot, version)
    docker.scale(project, serviceIn(slot), 2, folder)
    await serve(slot)
    await observe()
    record.pass(3_600_000_000)
    passedMs += 3_600_000
    await observe()
  }
  docker.stop(project, serviceIn('blue'))
  const changes = () => docker.changes() + web.loads()
  const changesBefore = changes()
  async function revision(name: string) {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found) throw new Error(`no ${name} among ${history.map((one) => one.name).join(', ')}`)
    return found.id
  }
  return {
    docker,
    web,
    file,
    /** Slots started by Compose, and divisions that nginx has loaded. */
    changes: () => changes() - changesBefore,
    executor,
    freshExecutor,
    target,
    record,
    observe,
    revision,
    serve,
    divide,
    deploy,
    address: (slot: (typeof slots)[number]) => addresses[slot],
    runs: (slot: string) => [...docker.running(project, serviceIn(slot))],
    stop: (slot: string) => docker.stop(project, serviceIn(slot)),
    behave: (version: string, behaviour: Behaviour = healthy) =>
      docker.behave(imageOf(version), behaviour),
    prune: (version: string) => docker.prune(imageOf(version)),
    /** What was asked of Docker's command, in its last words. */
    commands: () =>
      docker.commands
        .map(({ args }) => args)
        .filter((args) => args.includes('up') || args.includes('stop'))
        .map((args) => (args.includes('up') ? `up ${args.at(-1)}` : `stop ${args.length - 2}`)),
    async route(name: string) {
      return executor.route(target, await observe(), await revision(name), 'rb_1', signal())
    },
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    async follow(change: Step['change'] | undefined): Promise<readonly Progress[]> {
      const all: Progress[] = []
      for await (const one of executor.progress(change ?? null, signal())) all.push(one)
      return all
    },
    async close(): Promise<void> {
      unlink()
      await docker.close()
      await web.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
