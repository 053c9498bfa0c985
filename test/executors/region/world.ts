import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { versionOf } from '#executors/region/arrangement.ts'
import { azure } from '#executors/region/azure/index.ts'
import { region } from '#executors/region/index.ts'
import type { Approved, Executor, Progress, Route } from '#ports/executor.ts'
import {
  type AzureOptions,
  pretendGroup,
  pretendName,
  pretendSubscription,
  startAzure,
} from '#sandbox/azure/index.ts'
import { plain } from '#sandbox/azure/cosmos.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'

/** Ends what hangs; how fast a busy machine is decides nothing here. */
export const signal = () => AbortSignal.timeout(45_000)

export interface Setup extends AzureOptions {
  readonly hasNoDatabase?: boolean
  /** Requests are given up before an answer that is late. */
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

/** A pretend Azure with the shop in two or three regions, and a fresh executor that knows it only over HTTP, through Azure's own SDKs. */
export async function aWorld(setup: Setup = {}) {
  const regions = setup.regions ?? ['West Europe', 'North Europe']
  const pretend = await startAzure({ ...setup, regions })
  const record = memoryRevisions()
  /** Another process: nothing is carried over but the record. */
  const freshExecutor = (): Executor =>
    region({
      providers: new Map([
        [
          'azure',
          azure({
            endpoint: pretend.url,
            token: 'a-token',
            timeoutMs: setup.isImpatient ? 500 : 10_000,
            ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
          }),
        ],
      ]),
      revisions: record.revisions,
      scrub: (text) => text.replaceAll('hunter2', '***'),
      lookEveryMs: 5,
      retryMs: 5,
      secondMs: 1,
    })
  const executor = freshExecutor()
  const target: Target = {
    executor: 'region',
    workload: workloadId(`azure/${pretendSubscription}/${pretendGroup}/${pretendName}`),
    title: `Traffic Manager profile ${pretendName}`,
    spec: {
      provider: 'azure',
      regions: regions.map((name) => ({ name: plain(name), endpoint: `shop-${plain(name)}` })),
      at: {
        subscription: pretendSubscription,
        trafficManager: { resourceGroup: pretendGroup, profile: pretendName },
        cosmos: setup.hasNoDatabase ? null : { resourceGroup: pretendGroup, account: pretendName },
      },
    },
  }
  const observe = () => executor.observe(target, signal())
  const to = (name: string): RevisionId => versionOf([name])
  return {
    pretend,
    executor,
    freshExecutor,
    target,
    record,
    observe,
    to,
    candidates: async () => executor.candidates(target, await observe()),
    route: async (name: string) =>
      executor.route(target, await observe(), to(name), 'rb_1', signal()),
    /** The way that gives the region's database up. */
    async offline(name: string) {
      const [way] =
        (await executor.ways?.(target, await observe(), to(name), 'immediate', 'rb_1', signal())) ??
        []
      if (!way) throw new Error('there is no other way')
      return way
    },
    /** What is approved of a way, as it is looked at when it begins. */
    async approved(name: string, mechanism: Route['mechanism']): Promise<Approved> {
      const { running, history, precondition } = await observe()
      const goal = history.find(({ id }) => id === to(name))
      if (!goal) throw new Error(`${name} is not known`)
      return { target, precondition, from: running, to: goal, mechanism }
    },
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    undo: (step: Step | undefined) => executor.apply(step?.undo ?? null, 'rb_1.0', signal()),
    async follow(step: Step | undefined, by = executor): Promise<readonly Progress[]> {
      const all: Progress[] = []
      for await (const one of by.progress(step?.change ?? null, signal())) all.push(one)
      return all
    },
    /** The same of what takes a step back. */
    async followBack(step: Step | undefined): Promise<readonly Progress[]> {
      const all: Progress[] = []
      for await (const one of executor.progress(step?.undo ?? null, signal())) all.push(one)
      return all
    },
    verify: (name: string) => executor.verify(target, { id: to(name), images: [] }, signal()),
    /** What was asked to be changed, in order. */
    changesAsked: () =>
      pretend.exchanges
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, request, status }) => ({
          asked: `${method} ${path.split('/').slice(7).join('/')}`,
          request,
          status,
        })),
    close: () => pretend.close(),
  }
}
