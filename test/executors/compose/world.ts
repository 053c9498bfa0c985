import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { compose } from '#executors/compose/index.ts'
import { composeCommand } from '#executors/docker/compose-command.ts'
import { dockerEngine } from '#executors/docker/engine.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { healthy } from '#sandbox/cluster/behaviour.ts'
import { startDocker } from '#sandbox/docker/index.ts'
import { badVersions } from '#sandbox/shop/shipments.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'

/** Ends what hangs; how fast a busy machine is decides nothing here. */
export const signal = () => AbortSignal.timeout(45_000)
export const project = 'shop'
export const service = 'checkout'

export interface Setup {
  /** Tags of the image, oldest first: each was deployed and looked at, the last one runs. */
  readonly versions?: readonly string[]
  readonly scale?: number
  readonly startMs?: number
  readonly hasHealthCheck?: boolean
  /** Where its image has a volume without a name. */
  readonly volume?: string
  /** Its restart policy. */
  readonly restarts?: 'always'
  /** The command is given up before an answer that is late. */
  readonly isImpatient?: boolean
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
}

export type World = Awaited<ReturnType<typeof aWorld>>

/** For a file of tests: makes worlds, and closes after each test those that it has made. */
export function freshWorlds(): (setup?: Setup) => Promise<World> {
  const open: World[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    const made = await aWorld(setup)
    open.push(made)
    return made
  }
}

/** Tags that end so do not run. */
const behaviours = (image: string) =>
  Object.values(badVersions).find(({ suffix }) => suffix !== '' && image.endsWith(suffix)) ??
  healthy

/** A pretend Docker with checkout, and a fresh executor that knows it by its API and its command alone. */
export async function aWorld(setup: Setup = {}) {
  const { versions = ['2.2.1', '2.3.0'], scale = 2, startMs = 0, hasHealthCheck = true } = setup
  const directory = mkdtempSync(join(tmpdir(), 'countermand-compose-'))
  let passedMs = 0
  const now = () => new Date(Date.now() + passedMs)
  const pretend = await startDocker({ behaviours, startMs, now })
  const record = memoryRevisions()
  const imageOf = (tag: string) => `shop/checkout:${tag}`
  const freshExecutor = (): Executor => {
    const connection = { url: pretend.url }
    return compose({
      hosts: new Map([
        [
          'prod',
          {
            engine: dockerEngine(connection),
            compose: composeCommand({
              connection,
              program: pretend.program,
              patienceMs: setup.isImpatient ? 2_000 : 30_000,
              ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
            }),
          },
        ],
      ]),
      revisions: record.revisions,
      servedLongMicros: 30 * 60 * 1_000_000,
      scrub: (text) => text.replaceAll('hunter2', '***'),
      lookEveryMs: 5,
      retryMs: 5,
    })
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: 'compose',
    workload: workloadId(`compose/prod/${project}/${service}`),
    title: `prod/${project} Compose service ${service}`,
    spec: { docker: 'prod', project, service, directory, files: ['compose.yaml'] },
  }
  /** By the engine's clock. */
  const passes = (seconds: number) => {
    passedMs += seconds * 1_000
  }
  const observe = () => executor.observe(target, signal())
  const ship = (tag: string) => {
    pretend.build(imageOf(tag))
    pretend.deploy(project, service, imageOf(tag), directory)
  }
  pretend.declare(project, service, {
    image: imageOf(versions[0] ?? ''),
    settings: { environment: { SECRET: 'hunter2' } },
    hasHealthCheck,
    ...(setup.volume === undefined ? {} : { volume: setup.volume }),
    ...(setup.restarts ? { restarts: setup.restarts } : {}),
  })
  pretend.build(imageOf(versions[0] ?? ''))
  pretend.scale(project, service, scale, directory)
  for (const tag of versions) {
    ship(tag)
    await observe()
    record.pass(60 * 60 * 1_000_000)
    passes(60 * 60)
    await observe()
  }
  /** The revision of that name, among what runs and what could. */
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found)
      throw new Error(`no revision ${name} among ${history.map((one) => one.name).join(', ')}`)
    return found.id
  }
  return {
    pretend,
    executor,
    freshExecutor,
    target,
    directory,
    record,
    ship,
    observe,
    passes,
    revision,
    containers: () => pretend.containers(project, service),
    async route(name: string) {
      const observed = await observe()
      return executor.route(target, observed, await revision(name), 'rb_1', signal())
    },
    candidates: async () => executor.candidates(target, await observe()),
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    /** `all`: for whoever looks at it meanwhile. */
    async follow(step: Step | undefined, all: Progress[] = []): Promise<readonly Progress[]> {
      for await (const one of executor.progress(step?.change ?? null, signal())) all.push(one)
      return all
    },
    /** What Docker's command was started for, without its files. */
    ups: () => pretend.commands.map(({ args }) => args).filter((args) => args.includes('up')),
    async close(): Promise<void> {
      await pretend.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
