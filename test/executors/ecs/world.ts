import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { ecsApi } from '#executors/ecs/api.ts'
import { balancerApi } from '#executors/aws/balancer.ts'
import { codeDeployApi } from '#executors/code-deploy/api.ts'
import { codeDeploy } from '#executors/code-deploy/index.ts'
import { ecs } from '#executors/ecs/index.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { type EcsOptions, ecsRegion, startEcs } from '#sandbox/aws/ecs/index.ts'
import type { ServiceSetup } from '#sandbox/aws/ecs/new-service.ts'
import { badVersions } from '#sandbox/shop/shipments.ts'
import { healthy } from '#sandbox/cluster/behaviour.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { awsModel } from '../../support/aws-model.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'

export const model = awsModel('test/fixtures/aws/ecs-2014-11-13.json')
export const balancerModel = awsModel('test/fixtures/aws/elbv2-2015-12-01.json')
export const codeDeployModel = awsModel('test/fixtures/aws/codedeploy-2014-10-06.json')

/** Ends what hangs; how fast a busy machine is decides nothing here. */
export const signal = () => AbortSignal.timeout(45_000)
const hour = 3_600_000
export const cluster = 'prod'
export const service = 'checkout'

export interface Setup extends Partial<ServiceSetup> {
  readonly ecs?: EcsOptions
  /** Tags of the image, oldest first; each was deployed two hours after the one before, the last one an hour ago. */
  readonly versions?: readonly string[]
  /** When the first of them was deployed, instead. */
  readonly ranSince?: Date
  /** Requests are given up before an answer that is late. */
  readonly isImpatient?: boolean
  /** What was deregistered may be registered once more. */
  readonly registerAgain?: boolean
  /** Of every definition, such as its roles. */
  readonly settings?: Fields
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

/** Their operations have no name in common. */
const modelOf = ({ operation }: { readonly operation: string }) =>
  [codeDeployModel, balancerModel].find(({ operations }) => operations.includes(operation)) ?? model

/** What comes late comes then: with CodeDeploy beside ECS every look is several requests more, and each has half of it. */
export const lateAfterMs = ({ codeDeploy: deployedBy }: Pick<Setup, 'codeDeploy'>): number =>
  deployedBy ? 4_000 : 2_000

const named = ({ codeDeploy: deployedBy }: Setup) =>
  deployedBy ? { application: deployedBy.application, group: deployedBy.group } : {}

/** Tags that end so do not run. */
const behaviours = (image: string) =>
  Object.values(badVersions).find(({ suffix }) => suffix !== '' && image.endsWith(suffix)) ??
  healthy

/** A pretend ECS with checkout, and a fresh executor that knows it only over HTTP. Whatever goes over the wire is held against AWS's own model. */
export async function aWorld(setup: Setup = {}) {
  const { versions = ['2.1.9', '2.2.1', '2.3.0'] } = setup
  const pretend = await startEcs({ behaviours, minuteMs: 1, ...setup.ecs })
  const now = Date.now()
  const define = (tag: string, family = 'shop-checkout', more: object = {}) =>
    pretend.register(
      family,
      [
        {
          name: 'app',
          image: `shop/checkout:${tag}`,
          environment: [
            { name: 'LOG_LEVEL', value: 'info' },
            { name: `SINCE_${tag.replaceAll(/\W/g, '_')}`, value: 'hunter2' },
          ],
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': '/shop/checkout' },
          },
          ...more,
        },
      ],
      setup.settings,
    )
  const definitions = versions.map((tag) => define(tag))
  pretend.createService({
    cluster,
    name: service,
    past: definitions.map((definition, index) => ({
      definition,
      at: setup.ranSince ?? new Date(now - (1 + 2 * (versions.length - 1 - index)) * hour),
    })),
    ...setup,
  })
  const record = memoryRevisions()
  /** Another process: nothing is carried over but the record. */
  const freshExecutor = (): Executor => {
    const options = {
      region: ecsRegion,
      endpoint: pretend.url,
      credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret-key' },
      timeoutMs: setup.isImpatient ? lateAfterMs(setup) / 2 : 30_000,
      ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
    }
    const [api, byCodeDeploy] = [ecsApi(options), codeDeployApi(options)]
    const balancer = balancerApi(options)
    const parts = {
      api: () => api,
      codeDeploy: () => byCodeDeploy,
      balancer: () => balancer,
      revisions: record.revisions,
      servedLongMicros: 30 * 60 * 1_000_000,
      scrub: (text: string) => text.replaceAll('hunter2', '***'),
      lookEveryMs: 5,
      retryMs: 5,
    }
    return setup.codeDeploy ? codeDeploy(parts) : ecs(parts)
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: executor.kind,
    workload: workloadId(`ecs/${ecsRegion}/${cluster}/${service}`),
    title: `${cluster} ECS service ${service}`,
    spec: {
      cluster,
      service,
      region: ecsRegion,
      ...named(setup),
      ...(setup.registerAgain ? { registerAgain: true } : {}),
    },
  }
  const observe = () => executor.observe(target, signal())
  /** The revision of that name, among what runs and what could. */
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found)
      throw new Error(`no revision ${name} among ${history.map((one) => one.name).join(', ')}`)
    return found.id
  }
  async function route(name: string) {
    const observed = await observe()
    return executor.route(target, observed, await revision(name), 'rb_1', signal())
  }
  return {
    pretend,
    executor,
    freshExecutor,
    target,
    record,
    /** By tag. */
    definitions: new Map(versions.map((tag, index) => [tag, definitions[index] ?? ''])),
    define,
    ship: (tag: string, family?: string) => pretend.ship(cluster, service, define(tag, family)),
    state: () => pretend.state(cluster, service),
    running: () => pretend.running(cluster, service),
    observe,
    revision,
    route,
    candidates: async () => executor.candidates(target, await observe()),
    apply: (step: Step | undefined) => executor.apply(step?.change ?? null, 'rb_1.0', signal()),
    async follow(step: Step | undefined): Promise<readonly Progress[]> {
      const all: Progress[] = []
      for await (const one of executor.progress(step?.change ?? null, signal())) all.push(one)
      return all
    },
    async verify(name: string) {
      const { running, history } = await observe()
      const goal = [running, ...history].find((one) => one.name === name)
      if (!goal) throw new Error(`no revision ${name}`)
      return executor.verify(target, goal, signal())
    },
    /** What was asked to be changed, in order. */
    changesAsked: () =>
      pretend.exchanges
        .filter(({ operation }) => /^(Update|Stop|Continue|Create|Register)/.test(operation))
        .map(({ operation, request }) => ({ operation, request })),
    async close(): Promise<void> {
      await pretend.close()
      const deviations = pretend.exchanges.flatMap((one) => modelOf(one).deviations(one))
      if (deviations.length > 0)
        throw new Error(`not as AWS's own model says: ${[...new Set(deviations)].join('; ')}`)
    },
  }
}
