import type { Promoter } from '#ports/promoter.ts'
import { aWorld, type Setup, signal, until, type World } from './world.ts'

const name = 'checkout-canary'

export interface CanarySetup {
  /** Of the stable Deployment; two where nothing is said. */
  readonly stable?: number
  /** None: there is no such Deployment. */
  readonly canary?: number
  readonly isImpatient?: boolean
  readonly beforeChange?: Setup['beforeChange']
  readonly spec?: Setup['spec']
  readonly metadata?: Setup['metadata']
}

export type CanaryWorld = Awaited<ReturnType<typeof aCanaryWorld>>

/** checkout v2.2.1, and v2.3.0 beside it in a Deployment of its own behind the same Service. */
export async function aCanaryWorld(setup: CanarySetup = {}) {
  const { stable = 2, canary = 1 } = setup
  const w = await aWorld({
    images: ['shop/checkout:2.2.1'],
    replicas: stable,
    canary: { deployment: name },
    ...(setup.isImpatient ? { isImpatient: true } : {}),
    ...(setup.beforeChange ? { beforeChange: setup.beforeChange } : {}),
    ...(setup.spec ? { spec: setup.spec } : {}),
    ...(setup.metadata ? { metadata: setup.metadata } : {}),
  })
  const path = `/apis/apps/v1/namespaces/${w.namespace}/deployments/${name}`
  if (canary > 0) await w.cluster.create(manifest(w, canary))
  const seen = () => promoterOf(w).canary(w.target, signal())
  await until(async () => {
    const { units, blockers, warnings } = await seen()
    const isLagging = blockers.some(({ kind }) => kind === 'controller_lagging')
    return (
      units.ready === canary && !isLagging && !warnings.some(({ kind }) => kind === 'in_flight')
    )
  })
  return {
    ...w,
    /** Of the canary. */
    besidePath: path,
    seen,
    promoter: promoterOf(w),
    forward: async (share: number) =>
      promoterOf(w).forward(w.target, await seen(), share, 'pr_1', signal()),
    away: async (pace?: 'gradual' | 'immediate') =>
      promoterOf(w).away(w.target, await seen(), 'pr_1', signal(), pace),
    beside: () => w.cluster.get('Deployment', name),
    shipBeside: (tag: string) => w.cluster.setImage('Deployment', name, `shop/checkout:${tag}`),
    scale: (which: string, replicas: number) => w.request('PATCH', which, { spec: { replicas } }),
  }
}

function promoterOf({ executor }: Pick<World, 'executor'>): Promoter {
  if (!executor.promoter) throw new Error('no promoter')
  return executor.promoter
}

function manifest({ cluster, namespace }: World, replicas: number) {
  const labels = { app: 'checkout', track: 'canary' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          ...cluster.placement,
          containers: [
            {
              name: 'app',
              image: 'shop/checkout:2.3.0',
              env: [{ name: 'PASSWORD', value: 'hunter2' }],
            },
          ],
          terminationGracePeriodSeconds: 1,
        },
      },
    },
  }
}
