import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { fileFor } from '#executors/nginx/file.ts'
import { nginx } from '#executors/nginx/index.ts'
import { nginxProgram } from '#executors/nginx/program.ts'
import type { Division, NginxTarget } from '#executors/nginx/schema.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { type PretendNginx, startNginx } from '#sandbox/nginx/index.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'

/** Ends what hangs. */
export const signal = () => AbortSignal.timeout(45_000)

/** What a pretend nginx and a real one have in common, seen from outside. */
export type AnyNginx = Pick<
  PretendNginx,
  'front' | 'faults' | 'commands' | 'loads' | 'slot' | 'set' | 'close'
> & {
  /** What is served by now; equal where nothing else was loaded. */
  loaded(): unknown
  readonly program: readonly [string, ...string[]]
  reload(): unknown
}

export interface Setup {
  /** Of the file at the beginning; `green`, which has 2.3.0, came last. */
  readonly division?: Division
  readonly timeoutMs?: number
  readonly missingMs?: number
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
  /** Another nginx than the pretend one. */
  readonly start?: (file: () => string) => Promise<AnyNginx>
}
const greenServes: Division = { serving: 'green', canary: null }
export type World = Awaited<ReturnType<typeof aWorld>> & { readonly pretend: PretendNginx }

/** For a file of tests: makes worlds, and closes after each test those that it has made. */
export function freshWorlds(): (setup?: Setup) => Promise<World> {
  const open: World[] = []
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  return async (setup = {}) => {
    // Without another, the nginx is the pretend one.
    const made = (await aWorld(setup)) as World
    open.push(made)
    return made
  }
}

/** A pretend nginx before two slots – blue has 2.2.1, green 2.3.0 – and an executor that knows it by its file, its program and its answers. */
export async function aWorld({
  division = greenServes,
  timeoutMs = 15_000,
  missingMs = 50,
  beforeChange = () => undefined,
  start = startNginx,
}: Setup = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-nginx-'))
  const file = join(folder, 'checkout.conf')
  const pretend = await start(() => file)
  const [blue, green] = [await pretend.slot('2.2.1'), await pretend.slot('2.3.0')]
  const spec: NginxTarget = {
    upstream: 'checkout',
    file,
    versionHeader: 'x-version',
    front: pretend.front,
    slots: {
      blue: { servers: [blue], health: `http://${blue}/health` },
      green: { servers: [green], health: `http://${green}/health` },
    },
    sudo: false,
  }
  const record = memoryRevisions()
  const freshExecutor = (): Executor =>
    nginx({
      program: nginxProgram({ program: pretend.program, timeoutMs, beforeChange }),
      revisions: record.revisions,
      servedLongMicros: 30 * 60 * 1_000_000,
      scrub: (text) => text,
      missingMs,
      // A real one goes on answering by both for a moment, until its former workers have heard of it.
      ...(start === startNginx ? { lookEveryMs: 5, retryMs: 5 } : { lookEveryMs: 250 }),
    })
  const executor = freshExecutor()
  const target: Target = {
    executor: 'nginx',
    workload: workloadId('nginx/checkout'),
    title: 'nginx upstream checkout',
    spec,
  }
  const observe = () => executor.observe(target, signal())
  const write = async (wanted: Division) => {
    writeFileSync(file, fileFor(spec, wanted))
    await pretend.reload()
  }
  await write({ serving: 'blue', canary: null })
  await observe()
  record.pass(3_600_000_000)
  await observe()
  await write(division)
  const loadsBefore = pretend.loads()
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found) throw new Error(`no revision ${name}`)
    return found.id
  }
  return {
    pretend,
    spec,
    file,
    blue,
    green,
    executor,
    freshExecutor,
    target,
    record,
    observe,
    revision,
    write,
    text: () => readFileSync(file, 'utf8'),
    setText: (text: string) => writeFileSync(file, text),
    changes: () => pretend.loads() - loadsBefore,
    async route(name: string) {
      return executor.route(target, await observe(), await revision(name), 'rb_1', signal())
    },
    candidates: async () => executor.candidates(target, await observe()),
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    /** The first look at it. */
    async first(step: Step | undefined): Promise<Progress | undefined> {
      for await (const one of executor.progress(step?.change ?? null, signal())) return one
      return undefined
    },
    async follow(step: Step | undefined): Promise<Progress | undefined> {
      let last: Progress | undefined
      for await (const one of executor.progress(step?.change ?? null, signal())) last = one
      return last
    },
    async close(): Promise<void> {
      await pretend.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
