import { stringify } from 'yaml'
import { podsEach } from '../clusters/backend.ts'
import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'

/** Somebody who brings what Git has to the namespace of a test. */
export interface Bringer {
  /** Puts this into Git; resolves when the tool knows of it, and has done about it what it does by itself. */
  commit(manifests: string): Promise<void>
  /** Lets the tool look, as it does by itself at the end of an interval; resolves when it has. */
  looks(): Promise<void>
  /** Before the namespace goes: what brings it goes first. */
  close(): Promise<void>
}

/**
 * Until it is so, having the tool look again and again. It may have looked in the very second of a change, which does not show that it
 * has seen it, or overlook while it compares that it was switched on (Argo CD); by itself it looks again much later.
 */
export const onceLooked = (
  { looks }: Pick<Bringer, 'looks'>,
  isSo: () => Promise<boolean>,
): Promise<void> =>
  until(async () => {
    if (await isSo()) return true
    await looks()
    return isSo()
  })

export const good = 'shop/checkout:2.2.1'
export const bad = 'shop/checkout:2.3.0'
export const next = 'shop/checkout:2.4.0'

export type Env = Readonly<Record<string, string>>

interface InGit {
  readonly env?: Env
  /** Of what is beside checkout. */
  readonly note?: string
  readonly hasDeployment?: boolean
}

/** What Git has of checkout. */
export function manifests(
  { placement, namespace }: TestedCluster,
  image: string,
  { env = {}, note = 'first', hasDeployment = true }: InGit = {},
): string {
  const labels = { app: 'checkout' }
  const variables = Object.entries(env).map(([name, value]) => ({ name, value }))
  const container = { name: 'app', image, ...(variables.length > 0 ? { env: variables } : {}) }
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace },
    spec: {
      replicas: podsEach,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { ...placement, containers: [container], terminationGracePeriodSeconds: 1 },
      },
    },
  }
  return [
    ...(hasDeployment ? [deployment] : []),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'checkout', namespace },
      spec: { selector: labels, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'beside', namespace },
      data: { note },
    },
  ]
    .map((one) => stringify(one))
    .join('---\n')
}

/** Until all pods are of that image, and its controller has noticed. */
export async function rolledOut(cluster: TestedCluster, image: string): Promise<void> {
  const deadline = AbortSignal.timeout(45_000)
  for (;;) {
    const found = await cluster.get('Deployment', 'checkout')
    const { availableReplicas = 0, updatedReplicas = 0, replicas = 0 } = found?.status ?? {}
    const isSo =
      found?.spec.template.spec.containers[0]?.image === image &&
      found.status.observedGeneration === found.metadata.generation &&
      [availableReplicas, updatedReplicas, replicas].every((count) => count === podsEach)
    if (isSo) return
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
