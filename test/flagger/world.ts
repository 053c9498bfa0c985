import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, inject } from 'vitest'
import type { flaggerGates } from '#domain/flagger/gates.ts'
import { workloadId } from '#domain/ids.ts'
import type { Step } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { makeExecutors } from '#executors/index.ts'
import { connect } from '#executors/kubernetes/connection.ts'
import type { Executor, Observed, Progress } from '#ports/executor.ts'
import { deployedGrants } from '#sandbox/cluster/role.ts'
import type { Backend } from '../clusters/backend.ts'
import { isReal, testedCluster } from '../clusters/tested-cluster.ts'
import { testedApi } from '../clusters/tested-api.ts'
import { waits } from '../clusters/waits.ts'
import { memoryRevisions } from '../support/memory-revisions.ts'
import { aDoor, type Door } from './door.ts'
import { canaryOf, intervals, manifest, type Setup } from './manifests.ts'

const merge = 'application/merge-patch+json'
const jsonPatch = 'application/json-patch+json'
/** It has ended its look when it asks nothing more for so long; an answer at a gate takes its time on a busy machine. */
const quietMs = 400
/** Within so many whatever a test waits for comes about. */
const enoughLooks = 20
const listener = inject('flaggerListener')

/** What of a Canary the tests look at. */
export interface SeenCanary {
  readonly metadata: { readonly uid: string; readonly generation: number }
  readonly status: {
    readonly phase?: string
    readonly canaryWeight?: number
    readonly failedChecks?: number
    readonly iterations?: number
    readonly lastAppliedSpec?: string
    readonly lastPromotedSpec?: string
    readonly trackedConfigs?: Readonly<Record<string, string>>
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
  }
}

export const good = 'shop/checkout:2.2.1'
export const bad = 'shop/checkout:2.3.0'

let worlds = 0
export type World = Awaited<ReturnType<typeof aWorld>>

/** Worlds of a test file, with one door for all; call it once, outside of tests. */
export function freshWorlds(): (setup?: Setup) => Promise<World> {
  let door: Door | undefined
  const open: World[] = []
  beforeAll(async () => {
    door = await aDoor()
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((made) => made.close()))
  })
  afterAll(() => door?.close())
  return async (setup = {}) => {
    if (!door) throw new Error('the door is not open')
    const made = await aWorld(door, setup)
    open.push(made)
    return made
  }
}

/** A Deployment called checkout that Flagger rolls out by a Canary of the same name, in a namespace of its own. */
async function aWorld(door: Door, setup: Setup) {
  const { provider = 'istio', images = [good] } = setup
  const cluster = await testedCluster(isReal ? [] : ['flagger', 'istio'])
  const { namespace } = cluster
  worlds += 1
  // The sandbox's namespaces have one name: what gates know must tell the tests apart.
  const named = `prod-${worlds}`
  await cluster.grant([...cluster.backend.grants(), ...deployedGrants('flagger')])
  const canaries = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries`
  const path = `${canaries}/checkout`
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
  const kubeconfig = join(folder, 'config')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const record = memoryRevisions()
  const gates = setup.through?.(door.gates) ?? door.gates
  const fenced = setup.beforeChange ? { beforeChange: setup.beforeChange } : {}
  const options = {
    waits,
    isImpatient: setup.isImpatient,
    ...fenced,
  }
  let looks = 0
  const freshExecutor = (): Executor => {
    const executors = makeExecutors({
      kubernetes: {
        clusters: new Map([[named, testedApi(connect({ kubeconfig }), options)]]),
        revisions: record.revisions,
        servedLongMicros: 30 * 60 * 1_000_000,
        gatesOf: () => gates,
        ...fenced,
        scrub: (text) => text.replaceAll('hunter2', '***'),
      },
    })
    const made = executors.get('kubernetes')
    if (!made) throw new Error('no Kubernetes executor')
    return made
  }
  const executor = freshExecutor()
  const target: Target = {
    executor: 'kubernetes',
    workload: workloadId(`${named}/${namespace}/deployment/checkout`),
    title: `${named}/${namespace} deployment checkout`,
    spec: { cluster: named, namespace, kind: 'deployment', name: 'checkout' },
  }

  const look = async (): Promise<SeenCanary> => {
    const seen = (await cluster.must('GET', path)) as unknown as SeenCanary
    return { ...seen, status: (seen as Partial<SeenCanary>).status ?? {} }
  }
  const patch = (body: unknown) => cluster.must('PATCH', path, body, merge)
  /** Lets Flagger look once, as it would at the end of an interval. */
  async function tick(): Promise<void> {
    looks += 1
    const { looks: before } = await looksAt(cluster.backend, namespace)
    await patch({ spec: { analysis: { interval: intervals[looks % 2] } } })
    await looked(before)
  }
  /** Until Flagger has ended a look beyond so many. */
  async function looked(before: number): Promise<void> {
    const deadline = performance.now() + 30_000
    for (;;) {
      const now = await looksAt(cluster.backend, namespace)
      if (now.looks > before && now.quietMs >= quietMs) return
      if (performance.now() > deadline) throw new Error('Flagger does not look')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  /** Lets Flagger look again and again until it is so. */
  async function onceIt(is: (seen: SeenCanary) => boolean | Promise<boolean>): Promise<SeenCanary> {
    const [deadline, first] = [performance.now() + 45_000, looks]
    for (;;) {
      const seen = await look()
      if (await is(seen)) return seen
      // On a busy machine it is given its looks, however long they take.
      if (performance.now() > deadline && looks - first >= enoughLooks) {
        const last = heard()
          .slice(-4)
          .map(({ gate, wasOpen }) => `${gate} ${wasOpen ? 'open' : 'shut'}`)
        throw new Error(
          `it did not come about in ${looks - first} looks: ${JSON.stringify(seen.status)}, asked last: ${last.join(', ')}`,
        )
      }
      await tick()
    }
  }
  const inPhase = (phase: string) => onceIt(({ status }) => status.phase === phase)
  const ship = (image: string) =>
    cluster.must(
      'PATCH',
      `${deployments}/checkout?fieldManager=kubectl-set`,
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }],
      jsonPatch,
    )
  async function deployment(name: string): Promise<SeenDeployment> {
    return (await cluster.must('GET', `${deployments}/${name}`)) as unknown as SeenDeployment
  }
  const imageOf = async (name: string) =>
    (await deployment(name)).spec.template.spec.containers[0]?.image
  /** Until both Deployments are as they are asked to be, and their controller has noticed. */
  async function rested(): Promise<void> {
    const deadline = performance.now() + 30_000
    for (const name of ['checkout', 'checkout-primary'])
      for (;;) {
        const { metadata, spec, status } = await deployment(name)
        const {
          observedGeneration,
          replicas = 0,
          updatedReplicas = 0,
          availableReplicas = 0,
        } = status
        const counts = [replicas, updatedReplicas, availableReplicas]
        if (
          observedGeneration === metadata.generation &&
          counts.every((count) => count === spec.replicas)
        )
          break
        if (performance.now() > deadline) throw new Error(`${name} does not come to rest`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
  }
  /** Percent of the traffic by what the mesh was told; `undefined` without one. */
  async function share(): Promise<number | undefined> {
    const answer = await cluster.backend.ask(
      'GET',
      `/apis/networking.istio.io/${isReal ? 'v1beta1' : 'v1'}/namespaces/${namespace}/virtualservices/checkout`,
    )
    if (answer.status !== 200) return undefined
    const { spec } = answer.body as unknown as SeenVirtualService
    return spec.http[0]?.route.find(({ destination }) => destination.host === 'checkout-canary')
      ?.weight
  }
  /** Images of the pods that are ready behind a Service. */
  async function serving(labels: string): Promise<readonly string[]> {
    const pods = await cluster.pods()
    return [
      ...new Set(
        pods
          .filter(
            ({ metadata }) => metadata.labels?.['app'] === labels && !metadata.deletionTimestamp,
          )
          .map(({ spec }) => spec.containers[0]?.image ?? ''),
      ),
    ]
  }
  const open = async (
    gate: (typeof flaggerGates)[number],
    checksum: string,
    operation = 'test',
    times: number | null = null,
  ) =>
    door.gates.open(
      { cluster: named, namespace, name: 'checkout', checksum },
      { gate, times, lasts: 600_000_000 as never },
      operation,
    )
  /** Past its first gate; the version that Flagger then has in hand. */
  async function begun(): Promise<string> {
    await inPhase('Waiting')
    await open('confirm-rollout', heard().at(-1)?.version.checksum ?? '', 'first gate')
    await onceIt(
      ({ status }) => status.phase === 'Progressing' && heard().at(-1)?.gate !== 'confirm-rollout',
    )
    return heard().at(-1)?.version.checksum ?? ''
  }
  const heard = () => door.heard.filter(({ version }) => version.cluster === named)

  const observe = () => executor.observe(target, signal())

  const [first = good, ...later] = images
  for (const name of setup.configMaps ?? [])
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { a: 'b' },
    })
  await cluster.create(manifest(cluster, first, setup))
  const canary = canaryOf(door, { cluster: named, namespace }, { ...setup, provider })
  const { webhooks } = canary.spec.analysis
  // What was promoted in the past asked nobody.
  if (later.length > 0) canary.spec.analysis.webhooks = []
  await cluster.must('POST', canaries, canary)
  // It looks at a new one at once.
  await looked(0)
  await inPhase('Initialized')
  for (const image of later) {
    await patch({ spec: { skipAnalysis: true } })
    await ship(image)
    await onceIt(
      async ({ status }) =>
        status.phase === 'Succeeded' && (await imageOf('checkout-primary')) === image,
    )
  }
  if (later.length > 0) await patch({ spec: { skipAnalysis: false, analysis: { webhooks } } })
  door.heard.splice(0, door.heard.length, ...door.heard.filter((one) => !heard().includes(one)))

  return {
    cluster,
    kubeconfig,
    record,
    path,
    deployments,
    named,
    executor,
    freshExecutor,
    target,
    look,
    patch,
    tick,
    onceIt,
    inPhase,
    ship,
    deployment,
    imageOf,
    share,
    serving,
    rested,
    gates: door.gates,
    open,
    opened: () => door.opened(named),
    heard,
    lost: door.lost,
    begun,
    observe,
    async plan(name: string) {
      const observed = await observe()
      const to = [observed.running, ...observed.history].find((one) => one.name === name)
      if (!to) throw new Error(`no revision ${name} among ${namesOf(observed).join(', ')}`)
      const route = await executor.route(target, observed, to.id, 'rb_1', signal())
      return { ...route, observed, to }
    },
    async verify(name: string) {
      const observed = await observe()
      const to = [observed.running, ...observed.history].find((one) => one.name === name)
      if (!to) throw new Error(`no revision ${name}`)
      return executor.verify(target, { id: to.id, images: [] }, signal())
    },
    /** Takes all steps to their end while Flagger looks again and again; what each came to. */
    async carriedOut(steps: readonly Step[]): Promise<readonly Progress[]> {
      const ends: Progress[] = []
      for (const [index, step] of steps.entries()) {
        await executor.apply(step.change, `rb_1.${index}`, signal())
        if (step.settles === undefined) continue
        const stop = new AbortController()
        const following = lastOf(executor.progress(step.change, signal())).finally(() =>
          stop.abort(),
        )
        while (!stop.signal.aborted) await tick()
        const end = await following
        if (end) ends.push(end)
        if (end?.kind !== 'settled') return ends
      }
      return ends
    },
    async close() {
      await cluster.must('DELETE', canaries)
      await cluster.close()
      await rm(folder, { recursive: true })
    },
  }
}

export async function lastOf(coming: AsyncIterable<Progress>): Promise<Progress | undefined> {
  let last: Progress | undefined
  for await (const one of coming) last = one
  return last
}

const namesOf = ({ running, history }: Observed): readonly string[] =>
  [running, ...history].map(({ name }) => name)

async function looksAt(
  { flaggerLooksAt }: Backend,
  namespace: string,
): Promise<{ looks: number; quietMs: number }> {
  if (flaggerLooksAt) return flaggerLooksAt(namespace)
  if (listener === undefined) throw new Error('nobody listens to Flagger')
  return (await (await fetch(`${listener}/looks/${namespace}`)).json()) as {
    looks: number
    quietMs: number
  }
}

interface SeenDeployment {
  readonly metadata: { readonly generation: number }
  readonly spec: {
    readonly replicas: number
    readonly template: { readonly spec: { readonly containers: readonly { image: string }[] } }
  }
  readonly status: {
    readonly observedGeneration?: number
    readonly replicas?: number
    readonly availableReplicas?: number
    readonly updatedReplicas?: number
  }
}
interface SeenVirtualService {
  readonly spec: {
    readonly http: readonly {
      readonly route: readonly { destination: { host: string }; weight: number }[]
    }[]
  }
}

export const signal = () => AbortSignal.timeout(45_000)
