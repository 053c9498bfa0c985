import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'
import type { Artifacts } from './artifacts.ts'
import type { Bringer } from './bringer.ts'
import { fetched } from './flux-bringer.ts'

const merge = 'application/merge-patch+json'
const name = 'shop'

export interface SeenRelease {
  readonly metadata: { readonly generation: number }
  readonly spec: { readonly suspend?: boolean }
  readonly status?: {
    readonly observedGeneration?: number
    readonly lastHandledReconcileAt?: string
    readonly history?: readonly { readonly chartVersion: string; readonly status: string }[]
  }
}

export interface HelmSetup {
  /** It compares what runs with what it released, and puts that back. */
  readonly correctsDrift?: boolean
}

/** A HelmRelease of a chart that was fetched. The tests fetch: each commit is the next version of the chart. */
export async function helmIn(
  { namespace, must, backend }: TestedCluster,
  artifacts: Artifacts,
  { correctsDrift = false }: HelmSetup = {},
) {
  const charts = `/apis/source.toolkit.fluxcd.io/v1/namespaces/${namespace}/helmcharts`
  const all = `/apis/helm.toolkit.fluxcd.io/v2/namespaces/${namespace}/helmreleases`
  const path = `${all}/${name}`
  const look = async () => (await must('GET', path)) as unknown as SeenRelease
  let [asked, versions] = [0, 0]

  await must('POST', charts, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { name },
    spec: { chart: './shop', interval: '1m', sourceRef: { kind: 'GitRepository', name } },
  })
  await must('POST', all, {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name },
    spec: {
      interval: '1h',
      chartRef: { kind: 'HelmChart', name },
      // Whether the pods come up is looked at by the tests.
      install: { disableWait: true },
      upgrade: { disableWait: true },
      uninstall: { disableWait: true },
      driftDetection: { mode: correctsDrift ? 'enabled' : 'disabled' },
    },
  })
  async function looks(): Promise<void> {
    asked += 1
    const requestedAt = `${asked}`
    const annotations = { 'reconcile.fluxcd.io/requestedAt': requestedAt }
    await must('PATCH', path, { metadata: { annotations } }, merge)
    await until(async () => (await look()).status?.lastHandledReconcileAt === requestedAt)
  }
  return {
    path,
    look,
    looks,
    async commit(manifests: string): Promise<void> {
      versions += 1
      const version = `1.0.${versions}`
      const artifact = await artifacts.chart(manifests, version)
      await must('PATCH', `${charts}/${name}/status`, { status: fetched(artifact) }, merge)
      if ((await look()).spec.suspend) return looks()
      await until(async () => {
        const { metadata, status } = await look()
        const [latest] = status?.history ?? []
        return (
          latest?.chartVersion === version &&
          latest.status === 'deployed' &&
          status?.observedGeneration === metadata.generation
        )
      })
    },
    async close(): Promise<void> {
      await backend.ask('DELETE', path)
    },
  } satisfies Bringer & Record<string, unknown>
}
