import { randomBytes } from 'node:crypto'
import { createAccess } from './access.ts'
import type { Behaviour } from './behaviour.ts'
import { changingBehaviour } from './changing-behaviour.ts'
import type { Context } from './controllers/context.ts'
import { createFlagger } from './controllers/flagger/index.ts'
import { promoted, tookOver } from './controllers/flagger/past.ts'
import { createGitOps } from './controllers/gitops/index.ts'
import { reconcileAll } from './controllers/index.ts'
import { createEvents } from './events.ts'
import { createFaults } from './faults.ts'
import { createGit } from './git.ts'
import type { Canary } from './flagger-objects.ts'
import { createKubelet } from './kubelet.ts'
import { createLoop } from './loop.ts'
import type { Fields, Kind, Kinds, Labels } from './objects.ts'
import { type AddOn, servedWith } from './resources.ts'
import { type Received, serveCluster } from './server.ts'
import { type Change, createStore } from './store.ts'
import { promoteInFull, type Shipment, type Shipped, shipImage } from './ship.ts'
import { shipSelector } from './ship-selector.ts'
import { shipWeights } from './ship-weights.ts'
import { createManifest, type Version } from './manifests.ts'

interface Options {
  /** 0 or absent: any free one. */
  readonly port?: number
  /** The clock that stamps objects; the sandbox shifts it. */
  readonly now?: () => Date
  readonly podStartMs?: number
  readonly podStopMs?: number
  /** How pods of an image behave, unless `behave` said otherwise. */
  readonly behaviours?: (image: string) => Behaviour
  readonly namespaces?: readonly string[]
  /** Of those namespaces. */
  readonly namespaceLabels?: Readonly<Record<string, string>>
  readonly token?: string
  readonly nodes?: readonly string[]
  readonly addOns?: readonly AddOn[]
  /** How often Flagger looks, in real time; as each Canary says when absent. */
  readonly flaggerEveryMs?: number
}

export type Cluster = Awaited<ReturnType<typeof startCluster>>

/** A Kubernetes API server with its controllers and nodes on loopback, spoken to over HTTP. */
export async function startCluster(options: Options = {}) {
  const now = options.now ?? (() => new Date())
  const token = options.token ?? randomBytes(16).toString('hex')
  const adminToken = randomBytes(16).toString('hex')
  const nodes = options.nodes ?? ['node-1', 'node-2', 'node-3']
  const { behaviourOf, change } = changingBehaviour(options.behaviours, now)
  const moved = new Map<string, number>()
  const requests: Received[] = []
  const faults = createFaults()
  const access = createAccess()
  let past: Date | undefined
  let isLagging = false

  const clock = () => past ?? now()
  const store = createStore(clock)
  const loop = createLoop(pass)
  const context: Context = {
    store,
    now: clock,
    again: loop.again,
    event: createEvents(store, () => past !== undefined),
    isPast: () => past !== undefined,
  }
  const flagger = createFlagger(context, options.flaggerEveryMs)
  const git = createGit(loop.ask)
  const gitOps = createGitOps(context, git)
  const kubelet = createKubelet({
    pods: {
      list: () => store.list('Pod'),
      put: (pod) => store.put('Pod', pod),
      remove: ({ metadata }) => store.remove('Pod', metadata),
      warn: (pod, reason, message) => context.event(pod, 'Warning', reason, message),
    },
    now: clock,
    isPast: context.isPast,
    behaviourOf: (image) => behaviourOf(image),
    movedTag: (image) => moved.get(image) ?? 0,
    nodes,
    podStartMs: options.podStartMs ?? 800,
    podStopMs: options.podStopMs ?? 100,
  })

  function pass(): void {
    if (!isLagging) reconcileAll(context, nodes)
    if (past === undefined) {
      flagger.pass()
      if (!isLagging) gitOps.pass()
    }
    kubelet.pass()
  }

  store.onChange(loop.ask)
  const ours = options.namespaces ?? ['production']
  const labels = options.namespaceLabels ?? {}
  for (const name of new Set([...ours, 'default', 'kube-system']))
    store.create('Namespace', namespaceOf(name, ours.includes(name) ? labels : {}))
  const server = await serveCluster(
    {
      context,
      logs: kubelet.logs,
      faults,
      access,
      served: servedWith(options.addOns ?? []),
      tokens: { countermand: token, admin: adminToken },
      received: (one) => requests.push(one),
    },
    options.port ?? 0,
  )

  /** Runs everything to rest as if it had happened at `at`. */
  function atTime(at: Date, act: () => void): void {
    past = at
    try {
      act()
      for (let before = -1; before !== store.version; ) {
        before = store.version
        pass()
      }
    } finally {
      past = undefined
    }
  }

  return {
    url: server.url,
    /** The product's account: it may what an executor needs and no more. */
    token,
    /** May everything, as a colleague with kubectl. */
    adminToken,
    kubeconfig: () => kubeconfig(server.url, token),
    /** Stores an object as `kubectl create` would; controllers take it from there. With `at` it is as old as that, and settled. */
    create(manifest: Fields, at?: Date): void {
      if (at === undefined) createManifest(context, manifest)
      else atTime(at, () => createManifest(context, manifest))
    },
    /** Stores a workload with a past: each version was rolled out completely at its time, by its Canary where it has one; the last one runs. */
    createWithPast(
      manifest: Fields,
      versions: readonly [Version, ...Version[]],
      canary?: Fields,
    ): void {
      const [first, ...later] = versions
      atTime(first.at, () => createManifest(context, manifest, first))
      const { kind, namespace, name } = locate(manifest)
      if (canary)
        atTime(first.at, () => tookOver(context, createManifest(context, canary) as Canary))
      for (const version of later) {
        atTime(version.at, () => shipImage(context, { kind, namespace, name, ...version }))
        if (kind === 'Rollout') atTime(version.at, () => promoteInFull(context, namespace, name))
        const own = canary && store.get('Canary', namespace, locate(canary).name)
        if (own) atTime(version.at, () => promoted(context, own))
      }
    },
    /** Rolls out an image as somebody's `kubectl set image` or pipeline would. */
    setImage(
      kind: Shipped['kind'],
      namespace: string,
      name: string,
      image: string,
      shipment: Shipment = {},
    ): void {
      shipImage(context, { kind, namespace, name, image, ...shipment })
    },
    /** The weights of a VirtualService's only route, as a pipeline would set them. */
    setWeights(namespace: string, name: string, weights: readonly number[]): void {
      shipWeights(context, namespace, name, weights)
    },
    /** The pods that a Service sends to, as a pipeline would choose them. */
    select(namespace: string, name: string, selector: Labels): void {
      shipSelector(context, namespace, name, selector)
    },
    /** In the order of their names; as they are stored, and not to be changed: `get` gives a copy. */
    pods: (namespace?: string) => store.list('Pod', namespace),
    get: <K extends Kind>(kind: K, namespace: string, name: string): Kinds[K] | undefined =>
      structuredClone(store.get(kind, namespace, name)),
    list: <K extends Kind>(kind: K, namespace?: string): Kinds[K][] => store.list(kind, namespace),
    /** Every request since the start, in order of its answer. */
    requests: requests as readonly Received[],
    /** While on, controllers do nothing: `observedGeneration` stays behind. Nodes go on. */
    lag(on: boolean): void {
      isLagging = on
      loop.ask()
    },
    /** What Argo CD and Flux bring. */
    git,
    /** How often Flagger has looked at the Canaries of a namespace, and whether it does so now. */
    flaggerLooksAt: flagger.looksAt,
    faults,
    access,
    behaviourOf,
    /** Pods of this image behave so from now on, those that run included. */
    behave(image: string, behaviour: Behaviour): void {
      change(image, behaviour)
      kubelet.restart(image)
    },
    /** What its pods answer changes from now on; none of them starts over. */
    answer(image: string, traffic: NonNullable<Behaviour['traffic']>): void {
      change(image, { ...behaviourOf(image), traffic })
    },
    /** Pushes the tag again: pods that start from now on run another digest. */
    moveTag(image: string): void {
      moved.set(image, (moved.get(image) ?? 0) + 1)
    },
    /** Forgets the past changes: watches from an older version are refused with 410. */
    compact: () => store.compact(),
    dropConnections: server.dropConnections,
    onChange: (listener: (change: Change) => void) => store.onChange(listener),
    async close(): Promise<void> {
      loop.close()
      flagger.close()
      kubelet.close()
      await server.close()
    },
  }
}

const namespaceOf = (name: string, labels: Labels) => ({
  kind: 'Namespace' as const,
  metadata: { name, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
})

function locate(manifest: Fields) {
  const metadata = manifest['metadata'] as { name: string; namespace: string }
  return {
    kind: manifest['kind'] as Shipped['kind'],
    namespace: metadata.namespace,
    name: metadata.name,
  }
}

/** YAML that any Kubernetes client reads. */
const kubeconfig = (url: string, token: string): string => `apiVersion: v1
kind: Config
clusters:
  - name: sandbox
    cluster: { server: "${url}" }
users:
  - name: countermand
    user: { token: "${token}" }
contexts:
  - name: sandbox
    context: { cluster: sandbox, user: countermand, namespace: production }
current-context: sandbox
`
