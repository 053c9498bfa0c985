import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'
import type { Artifacts } from './artifacts.ts'
import type { Bringer } from './bringer.ts'
import { overriding } from './flux.ts'

const merge = 'application/merge-patch+json'
const name = 'shop'

export interface SeenKustomization {
  readonly metadata: { readonly generation: number; readonly annotations?: Record<string, string> }
  readonly status?: {
    readonly observedGeneration?: number
    readonly lastAttemptedRevision?: string
    readonly lastAppliedRevision?: string
    readonly lastHandledReconcileAt?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message: string
    }[]
    readonly history?: readonly { readonly lastReconciled: string }[]
  }
}

export interface FluxSetup {
  readonly interval?: string
  /** Its controller runs with `--override-manager=countermand`. */
  readonly isOverriding?: boolean
}

/** A Kustomization that applies what a GitRepository has fetched. The tests fetch: there is no source-controller. */
export async function fluxIn(
  { namespace, must, backend }: TestedCluster,
  artifacts: Artifacts,
  { interval = '1h', isOverriding = false }: FluxSetup = {},
) {
  const sources = `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/gitrepositories`
  const all = `/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/${namespace}/kustomizations`
  const path = `${all}/${name}`
  const look = async () => (await must('GET', path)) as unknown as SeenKustomization
  const isReady = ({ status }: SeenKustomization, revision: string): boolean =>
    status?.lastAttemptedRevision === revision &&
    (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is !== 'Unknown')
  let asked = 0

  await must('POST', sources, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name },
    spec: { url: 'https://git.shop.example/deploy.git', interval: '1m', ref: { branch: 'main' } },
  })
  await must('POST', all, {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, labels: isOverriding ? { [overriding]: 'yes' } : {} },
    spec: { interval, prune: true, path: './', sourceRef: { kind: 'GitRepository', name } },
  })
  return {
    path,
    look,
    async commit(manifests: string): Promise<void> {
      const artifact = await artifacts.of(manifests)
      await must('PATCH', `${sources}/${name}/status`, { status: fetched(artifact) }, merge)
      await until(async () => isReady(await look(), artifact.revision))
    },
    async looks(): Promise<void> {
      asked += 1
      const requestedAt = `${asked}`
      const annotations = { 'reconcile.fluxcd.io/requestedAt': requestedAt }
      await must('PATCH', path, { metadata: { annotations } }, merge)
      await until(async () => {
        const { status } = await look()
        return status?.lastHandledReconcileAt === requestedAt
      })
    },
    async close(): Promise<void> {
      await backend.ask('DELETE', path)
    },
  } satisfies Bringer & Record<string, unknown>
}

/** As source-controller says that it has fetched it. */
export function fetched(artifact: { readonly revision: string }): object {
  const message = `stored artifact for revision '${artifact.revision}'`
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const ready = { type: 'Ready', status: 'True', reason: 'Succeeded', message, lastTransitionTime }
  return { observedGeneration: 1, artifact, conditions: [ready] }
}
