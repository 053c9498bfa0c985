import type { Behaviour } from '#sandbox/cluster/behaviour.ts'
import type { Fields } from '#sandbox/cluster/objects.ts'
import { apiVersionOf, resourceOfKind } from '#sandbox/cluster/resources.ts'
import type { Grant } from '#sandbox/cluster/role.ts'
import type { Answer, As } from '../control-plane/client.ts'
import type { Upstream } from './proxy.ts'

/** As few as are rolled out one after the other, of replicas and of nodes alike: every pod costs a real one more than the whole product. */
export const podsEach = 2

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet'

/** What the sandbox's cluster and a real one do each in its own way. */
export interface Backend {
  readonly isReal: boolean
  readonly upstream: Upstream
  /** The product's account: it may what the Role in `deploy/` gives it. */
  readonly token: string
  readonly namespace: string
  /** What a pod's spec must hold to be run by the nodes of this test. */
  readonly placement: Fields
  /** As an administrator, or as whom they pass for; past the proxy. */
  ask(method: string, path: string, body?: unknown, type?: string, as?: As): Promise<Answer>
  /** Stores a workload that has run these images, oldest first, each to its end; with dates in the past where that can be. */
  createWithPast(manifest: Fields, images: readonly string[]): Promise<void>
  behave(image: string, behaviour: Behaviour): void
  moveTag(image: string): void
  lag(on: boolean): Promise<void>
  /** How often Flagger has looked there, and for how long it has been quiet; absent where it is not played. */
  flaggerLooksAt?(namespace: string): { readonly looks: number; readonly quietMs: number }
  grants(): readonly Grant[]
  grant(grants: readonly Grant[]): Promise<void>
  /** Forgets the past, where that can be asked for. */
  compact(): void
  close(): Promise<void>
}

export function pathOf(kind: string, namespace: string, name?: string): string {
  const resource = resourceOfKind(kind)
  if (resource === undefined) throw new Error(`no path is known for a ${kind}`)
  const root = resource.group === '' ? '/api' : '/apis'
  const within = resource.namespaced ? `/namespaces/${namespace}` : ''
  const path = `${root}/${apiVersionOf(resource)}${within}/${resource.plural}`
  return name === undefined ? path : `${path}/${name}`
}
