import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type RevisionId, workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { podsEach } from '../clusters/backend.ts'
import { isReal, testedCluster } from '../clusters/tested-cluster.ts'
import { testedApi } from '../clusters/tested-api.ts'
import { waits } from '../clusters/waits.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'

const group = '/apis/argoproj.io/v1alpha1'
const merge = 'application/merge-patch+json'
/** The real one answers over TLS from processes that share this machine. */
const lookAgainMs = isReal ? 50 : 10

/** What of a Rollout the tests look at. */
export interface SeenRollout {
  readonly metadata: { readonly generation: number; readonly annotations: Record<string, string> }
  readonly spec: {
    readonly paused?: boolean
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> }
      readonly spec: {
        readonly affinity?: unknown
        readonly containers: readonly { image: string }[]
      }
    }
  }
  readonly status: {
    readonly observedGeneration?: string
    readonly phase?: string
    readonly message?: string
    readonly abort?: boolean
    readonly abortedAt?: string
    readonly promoteFull?: boolean
    readonly currentPodHash?: string
    readonly stableRS?: string
    readonly currentStepIndex?: number
    readonly pauseConditions?: readonly { readonly reason: string }[]
    readonly controllerPause?: boolean
  }
}

export interface Setup {
  readonly strategy?: object
  /** Oldest first; each came out to its end. */
  readonly images?: readonly string[]
  readonly spec?: Record<string, unknown>
  readonly isImpatient?: boolean
  /** Throws when this process may change nothing any more. */
  readonly beforeChange?: () => void
  /** One that leads to the Service checkout. */
  readonly hasIngress?: boolean
  /** The configuration says that its deploys can be frozen. */
  readonly isFreezing?: boolean
  /** Makes a template of an analysis called errors, which asks there how many there are; none is well. */
  readonly withAnalysis?: { readonly url: string; readonly failureCondition?: string }
}

/** Stops for a person at its first step. */
export const canary = { canary: { steps: [{ setWeight: 50 }, { pause: {} }] } }
/** The version that is left goes on for so long. */
export const blueGreen = (scaleDownDelaySeconds: number) => ({
  blueGreen: {
    activeService: 'checkout',
    previewService: 'preview',
    autoPromotionEnabled: false,
    scaleDownDelaySeconds,
  },
})

export type World = Awaited<ReturnType<typeof aWorld>>

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

/** A Rollout called checkout in a namespace of its own on the real control plane, and an executor that knows it only over HTTP. */
export async function aWorld(setup: Setup = {}) {
  const images = setup.images ?? ['shop/checkout:2.2.1', 'shop/checkout:2.3.0']
  const cluster = await testedCluster(['argo-rollouts'])
  const { namespace } = cluster
  const rollouts = `${group}/namespaces/${namespace}/rollouts`
  const path = `${rollouts}/checkout`
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const record = memoryRevisions()
  const freshExecutor = (): Executor => {
    const api = testedApi(connect({ kubeconfig }), {
      ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
      isImpatient: setup.isImpatient,
      requestTimeoutMs: 10_000,
      waits,
    })
    const executors = makeExecutors({
      kubernetes: {
        clusters: new Map([['prod', api]]),
        ...(setup.isFreezing ? { freezing: new Set(['prod']) } : {}),
        revisions: record.revisions,
        servedLongMicros: 30 * 60 * 1_000_000,
        scrub: (text) => text,
      },
    })
    const executor = executors.get('kubernetes')
    if (!executor) throw new Error('no Kubernetes executor')
    return executor
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: 'kubernetes',
    workload: workloadId(`prod/${namespace}/rollout/checkout`),
    title: `prod/${namespace} rollout checkout`,
    spec: { cluster: 'prod', namespace, kind: 'rollout', name: 'checkout' },
  }
  const look = async (): Promise<SeenRollout> => {
    const seen = (await cluster.must('GET', path)) as unknown as SeenRollout
    // There is none before its controller has looked at it.
    return { ...seen, status: (seen as Partial<SeenRollout>).status ?? {} }
  }
  /** As `kubectl argo rollouts` would, with every right. */
  const patch = (body: unknown, subresource = '') =>
    cluster.must('PATCH', `${path}${subresource}`, body, merge)
  async function onceIt(is: (seen: SeenRollout) => boolean): Promise<SeenRollout> {
    let seen = await look()
    await until(
      async () => {
        seen = await look()
        return is(seen)
      },
      () => JSON.stringify(seen.status),
    )
    return seen
  }
  const ship = (image: string) =>
    cluster.must(
      'PATCH',
      `${path}?fieldManager=kubectl-argo-rollouts`,
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
      'application/json-patch+json',
    )
  /** Out to its end, past all steps. */
  async function comeOut(image: string): Promise<void> {
    await ship(image)
    await onceIt((seen) => isNoticed(seen) && seen.status.currentPodHash !== seen.status.stableRS)
    await patch({ status: { promoteFull: true } }, '/status')
    await onceIt(isHealthy)
  }
  const observe = () => executor.observe(target, signal())
  async function revision(name: string): Promise<RevisionId> {
    const { running, history } = await observe()
    const found = [running, ...history].find((one) => one.name === name)
    if (!found)
      throw new Error(`no revision ${name} among ${history.map((one) => one.name).join()}`)
    return found.id
  }

  for (const name of ['checkout', 'preview'])
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: 'checkout' }, ports: [{ port: 80 }] },
    })
  if (setup.hasIngress)
    await cluster.must('POST', `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, {
      metadata: { name: 'checkout', namespace },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'checkout', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    })
  if (setup.withAnalysis) {
    const { url, ...condition } = setup.withAnalysis
    const provider = { web: { url, jsonPath: '{$.errors}' } }
    await cluster.must('POST', `${group}/namespaces/${namespace}/analysistemplates`, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'errors', namespace },
      spec: {
        metrics: [{ name: 'errors', successCondition: 'result == 0', ...condition, provider }],
      },
    })
  }
  const [first = '', ...later] = images
  await cluster.must('POST', rollouts, manifest(cluster, first, setup))
  await onceIt(isHealthy)
  for (const image of later) await comeOut(image)

  return {
    cluster,
    executor,
    freshExecutor,
    target,
    record,
    path,
    look,
    patch,
    ship,
    comeOut,
    onceIt,
    observe,
    revision,
    async plan(name: string) {
      const observed = await observe()
      const to = [observed.running, ...observed.history].find((one) => one.name === name)
      if (!to) throw new Error(`no revision ${name}`)
      return executor.route(target, observed, to.id, 'rb_1', signal())
    },
    verify: async (name: string) =>
      executor.verify(target, { id: await revision(name), images: [] }, signal()),
    async close() {
      await cluster.must('DELETE', rollouts)
      await cluster.close()
      await rm(folder, { recursive: true })
    },
  }
}

function manifest(
  { namespace, placement }: Awaited<ReturnType<typeof testedCluster>>,
  image: string,
  { strategy = canary, spec = {} }: Setup,
) {
  const labels = { app: 'checkout' }
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name: 'checkout', namespace },
    spec: {
      replicas: podsEach,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...placement,
          containers: [{ name: 'app', image, env: [{ name: 'PASSWORD', value: 'hunter2' }] }],
          terminationGracePeriodSeconds: 1,
        },
      },
      strategy,
      ...spec,
    },
  }
}

export const isNoticed = ({ metadata, status }: SeenRollout): boolean =>
  status.observedGeneration === String(metadata.generation)

export const isHealthy = (seen: SeenRollout): boolean =>
  isNoticed(seen) &&
  seen.status.phase === 'Healthy' &&
  seen.status.currentPodHash === seen.status.stableRS

/** Takes all steps of a plan to their end; what each came to. */
export async function carriedOut(
  { executor }: Pick<World, 'executor'>,
  steps: readonly Step[],
): Promise<readonly Progress[]> {
  const ends: Progress[] = []
  for (const [index, step] of steps.entries()) {
    await executor.apply(step.change, `rb_1.${index}`, signal())
    if (step.settles === undefined) continue
    let last: Progress | undefined
    for await (const one of executor.progress(step.change, signal())) last = one
    if (last) ends.push(last)
  }
  return ends
}

export const signal = () => AbortSignal.timeout(45_000)

/** Waits for a state of the cluster instead of for a time. */
export async function until(
  isTrue: () => Promise<boolean>,
  state: () => string = () => '',
): Promise<void> {
  const deadline = performance.now() + 40_000
  while (!(await isTrue())) {
    if (performance.now() > deadline) throw new Error(`it did not come about: ${state()}`)
    await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  }
}
