import { randomBytes } from 'node:crypto'
import type { Fields, Workload } from '#sandbox/cluster/objects.ts'
import { deployedGrants, type Grant } from '#sandbox/cluster/role.ts'
import { type Client, clientOf } from '../control-plane/client.ts'
import { type Nodes, startNodes } from '../control-plane/nodes.ts'
import { ownerLabels } from '../control-plane/owner.ts'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import { installAddOns } from './install-add-ons.ts'
import { grantRoles, productToken } from './real-rights.ts'
import { type Backend, pathOf, podsEach } from './backend.ts'

/** How the tests of the lane reach the real cluster of the run. */
export interface RealCluster {
  readonly kubeconfig: string
  /** `null` where the controllers cannot be stopped. */
  readonly controllersPid: number | null
}

interface Shared {
  readonly client: Client
  readonly token: string
  readonly nodes: Nodes
}

let shared: Promise<Shared> | undefined
/** For the end of each test file: the next one of this process begins anew. */
export async function closeRealBackend(): Promise<void> {
  if (shared === undefined) return
  const { client, nodes } = await shared
  shared = undefined
  await nodes.close()
  client.close()
}

/** Nodes for each test file, a namespace for each test; left to the cluster to clean up behind. */
export async function realBackend(
  { kubeconfig, controllersPid }: RealCluster,
  addOns: readonly AddOn[] = [],
): Promise<Backend> {
  shared ??= clientOf(kubeconfig).then(async (client) => ({
    client,
    token: await productToken(client),
    nodes: await startNodes(client, {
      count: podsEach,
      isApart: true,
      podStartMs: 20,
      podStopMs: 10,
    }),
  }))
  const { client, nodes, token } = await shared
  await installAddOns(client, addOns)
  const namespace = `shop-${randomBytes(4).toString('hex')}`
  let grants: readonly Grant[] = [
    ...deployedGrants('rbac'),
    ...deployedGrants('freeze'),
    ...deployedGrants('traffic'),
  ]
  await client.must('POST', '/api/v1/namespaces', {
    metadata: { name: namespace, labels: ownerLabels() },
  })
  // Pods are refused until it is there; the controller that makes it may take its time.
  await client.ask('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name: 'default' },
  })
  await grantRoles(client, namespace, token, grants)
  let isLagging = false
  const lag = async (on: boolean) => {
    if (controllersPid === null) throw new Error('these controllers cannot be stopped')
    process.kill(controllersPid, on ? 'SIGSTOP' : 'SIGCONT')
    isLagging = on
  }

  return {
    isReal: true,
    upstream: {
      url: client.upstream.url,
      ...(client.upstream.ca ? { ca: client.upstream.ca } : {}),
    },
    token,
    namespace,
    placement: nodes.placement,
    ask: client.ask,
    async createWithPast(manifest: Fields, images: readonly string[]) {
      const kind = String(manifest['kind'])
      const { name } = manifest['metadata'] as { name: string }
      const path = pathOf(kind, namespace, name)
      const { replicas, ...spec } = manifest['spec'] as Fields
      // Nobody looks at the pods of the past: where there may be none, there are none.
      const podsOf = (index: number) =>
        replicas === undefined ? {} : { replicas: index === images.length - 1 ? replicas : 0 }
      for (const [index, image] of images.entries()) {
        const pods = podsOf(index)
        if (index === 0)
          await client.must('POST', `${pathOf(kind, namespace)}?fieldManager=kubectl-set`, {
            ...manifest,
            spec: { ...spec, ...pods },
          })
        else
          await client.must(
            'PATCH',
            `${path}?fieldManager=kubectl-set`,
            { spec: { ...pods, template: { spec: { containers: [{ name: 'app', image }] } } } },
            'application/strategic-merge-patch+json',
          )
        await rolledOut(client, path)
      }
    },
    behave: (image, behaviour) => nodes.behave(namespace, image, behaviour),
    moveTag: (image) => nodes.moveTag(namespace, image),
    lag,
    grants: () => grants,
    async grant(instead) {
      grants = instead
      await grantRoles(client, namespace, token, instead)
    },
    // The API server remembers as long as it likes; what a test needs of it, the proxy says.
    compact: () => undefined,
    async close() {
      if (isLagging) await lag(false)
      await cleared(client, namespace, controllersPid !== null)
      await grantRoles(client, namespace, undefined, [])
    },
  }
}

/** In a cluster of the run's own the empty namespace may stay: to delete one costs more than most tests. */
async function cleared(client: Client, namespace: string, isOwn: boolean): Promise<void> {
  if (isOwn) {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet'])
      await client.ask('DELETE', pathOf(kind, namespace))
    return
  }
  await client.ask('DELETE', `/api/v1/namespaces/${namespace}`)
  // Nobody makes new pods there now; these need not wait for nodes that are about to go.
  const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }
  await client.ask('DELETE', pathOf('Pod', namespace), options)
}

/** Until the controllers have brought the newest template as far as its strategy goes by itself. */
async function rolledOut(client: Client, path: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  const slash = path.lastIndexOf('/')
  const query = `watch=true&fieldSelector=metadata.name%3D${path.slice(slash + 1)}`
  let last: unknown
  while (!signal.aborted)
    try {
      const workload = (await client.must('GET', path)) as unknown as Workload
      if (isRolledOut(workload)) return
      last = workload
      // From its own version on: without one, the server may find its memory of a quiet kind too old, and wait in vain.
      const { resourceVersion } = workload.metadata
      const from = `${path.slice(0, slash)}?${query}&resourceVersion=${resourceVersion}`
      for await (const { type, object } of client.watch(from, signal)) {
        last = object
        // The server ends it, for reasons of its own.
        if (type === 'ERROR') break
        if (isRolledOut(object as Workload)) return
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  throw new Error(`${path} is not rolled out: ${JSON.stringify(last)}`)
}

function isRolledOut(workload: Workload): boolean {
  const { metadata, spec, status } = workload
  if (status.observedGeneration !== metadata.generation) return false
  if (workload.kind === 'DaemonSet') {
    const {
      desiredNumberScheduled = 0,
      numberAvailable = 0,
      updatedNumberScheduled = 0,
    } = workload.status
    if (workload.spec.updateStrategy.type === 'OnDelete') return numberAvailable > 0
    return (
      desiredNumberScheduled > 0 &&
      numberAvailable === desiredNumberScheduled &&
      updatedNumberScheduled === desiredNumberScheduled
    )
  }
  const { replicas } = spec as { replicas: number }
  const seen = status as { readyReplicas?: number; updatedReplicas?: number; replicas?: number }
  if ((seen.readyReplicas ?? 0) !== replicas || (seen.replicas ?? 0) !== replicas) return false
  if (workload.kind === 'Deployment') return (seen.updatedReplicas ?? 0) === replicas
  const { type, rollingUpdate } = workload.spec.updateStrategy
  if (type === 'OnDelete') return true
  return (seen.updatedReplicas ?? 0) >= replicas - (rollingUpdate?.partition ?? 0)
}
