import { inject } from 'vitest'
import type { Fields, Kind, Kinds } from '#sandbox/cluster/objects.ts'
import type { AddOn } from '#sandbox/cluster/resources.ts'
import { kubeconfig } from '../control-plane/kubeconfig.ts'
import { type Backend, pathOf, type WorkloadKind } from './backend.ts'
import { type Proxy, troublesomeProxy } from './proxy.ts'
import { realBackend } from './real-backend.ts'
import { sandboxBackend } from './sandbox-backend.ts'

export type TestedCluster = Awaited<ReturnType<typeof testedCluster>>

/** Whether `npm run test:cluster` runs these tests, on a real control plane. */
export const isReal = inject('realCluster') !== undefined
/** The controllers of somebody else's cluster are not ours to stop. */
export const canLag = inject('realCluster')?.controllersPid !== null

/** A cluster with a namespace of this test's own: the sandbox's, or, in the lane that has one, a real one, which has the add-ons of its lane. */
export async function testedCluster(addOns: readonly AddOn[] = []) {
  const real = inject('realCluster')
  const backend = real ? await realBackend(real, addOns) : await sandboxBackend(addOns)
  const proxy = await troublesomeProxy(backend.upstream)
  return { ...described(backend, proxy), proxy, backend }
}

/** The description that tests see, the same for both. */
function described(backend: Backend, proxy: Proxy) {
  const { namespace, token } = backend

  async function must(method: string, path: string, body?: unknown, type?: string) {
    const answer = await backend.ask(method, path, body, type)
    if (answer.status < 300) return answer.body
    const { message } = answer.body
    throw new Error(typeof message === 'string' ? message : `${method} ${path}: ${answer.status}`)
  }
  async function get<K extends Kind>(kind: K, name: string): Promise<Kinds[K] | undefined> {
    const answer = await backend.ask('GET', pathOf(kind, namespace, name))
    if (answer.status === 404) return undefined
    return answer.body as unknown as Kinds[K]
  }
  async function list<K extends Kind>(kind: K): Promise<readonly Kinds[K][]> {
    const { items } = await must('GET', pathOf(kind, namespace))
    return items as Kinds[K][]
  }

  return {
    isReal: backend.isReal,
    namespace,
    placement: backend.placement,
    /** Where the product reaches it. */
    url: proxy.url,
    faults: proxy.faults,
    /** The product's requests; what tests do themselves is not among them. */
    requests: proxy.requests,
    dropConnections: proxy.dropConnections,
    /** Nothing answers there any more. */
    goAway: () => proxy.close(),
    kubeconfig: (url = proxy.url) => kubeconfig({ url, token, namespace }),
    must,
    get,
    list,
    pods: () => list('Pod'),
    /** As `kubectl create` would, in this test's namespace. */
    async create(manifest: Fields): Promise<void> {
      await must('POST', pathOf(String(manifest['kind']), namespace), manifest)
    },
    createWithPast: backend.createWithPast,
    /** Rolls out an image as somebody's `kubectl set image` would. */
    async setImage(kind: WorkloadKind, name: string, image: string): Promise<void> {
      const found = await get(kind, name)
      const container = found?.spec.template.spec.containers[0]?.name
      await must(
        'PATCH',
        `${pathOf(kind, namespace, name)}?fieldManager=kubectl-set`,
        { spec: { template: { spec: { containers: [{ name: container, image }] } } } },
        'application/strategic-merge-patch+json',
      )
    },
    behave: backend.behave,
    moveTag: backend.moveTag,
    /** While on, controllers do nothing: `observedGeneration` stays behind. Nodes go on. */
    lag: backend.lag,
    compact: backend.compact,
    /** Takes a right of the product away: `forbid('patch', 'deployments')`, `forbid('get', 'pods/log')`. */
    forbid: (verb: string, resource: string) =>
      backend.grant(
        backend.grants().filter((one) => one.verb !== verb || one.resource !== resource),
      ),
    /** Gives the product one more right, or every right: `allow('*', '*')`. */
    allow: (verb: string, resource: string, group = verb === '*' ? '*' : '') =>
      backend.grant([
        ...backend.grants(),
        { verb, group, resource, names: [], namespace: undefined },
      ]),
    /** The product may this and nothing else. */
    grant: backend.grant,
    async close(): Promise<void> {
      await proxy.close()
      await backend.close()
    },
  }
}
