import type { TestedCluster } from '../clusters/tested-cluster.ts'
import { until } from '../executors/kubernetes/world.ts'
import type { ApplicationSpec } from './argo-bringer.ts'

const merge = 'application/merge-patch+json'

/** An ApplicationSet that makes the Application called shop; `first` is what it is made of beside that. */
export function applicationSet(first: object) {
  const others: string[] = []
  let made: { readonly cluster: TestedCluster; readonly shop: ApplicationSpec } | undefined
  const its = () => {
    if (!made) throw new Error('it has not been made')
    const { namespace } = made.cluster
    const at = (plural: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/${plural}`
    return { ...made, sets: at('applicationsets'), applications: at('applications') }
  }
  /** One Application is ours; the others are there to be seen, and bring nothing. */
  const setSpec = (shop: ApplicationSpec, more: object) => ({
    generators: [
      {
        list: {
          elements: ['shop', ...others].map((name) => ({
            name,
            path: name === 'shop' ? '.' : 'nothing',
          })),
        },
      },
    ],
    template: {
      metadata: { name: '{{name}}' },
      spec: { ...shop, source: { ...shop.source, path: '{{path}}' } },
    },
    ...more,
  })
  return {
    async made(cluster: TestedCluster, shop: ApplicationSpec): Promise<void> {
      made = { cluster, shop }
      await cluster.must('POST', its().sets, {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'ApplicationSet',
        metadata: { name: 'shops' },
        spec: setSpec(shop, first),
      })
    },
    /** It has gone over all its Applications once it has made the newest, which is its last. */
    async looksAgain(more: object = first): Promise<void> {
      const { cluster, shop, sets, applications } = its()
      const newest = `other-${others.length + 1}`
      others.push(newest)
      await cluster.must('PATCH', `${sets}/shops`, { spec: setSpec(shop, more) }, merge)
      const path = `${applications}/${newest}`
      await until(async () => (await cluster.backend.ask('GET', path)).status === 200)
    },
    async close(): Promise<void> {
      const { cluster, sets } = its()
      await cluster.backend.ask('DELETE', `${sets}/shops`)
    },
  }
}
