import { type FlaggerGate, flaggerGates } from '#domain/flagger/gates.ts'
import type { Cluster } from '#sandbox/cluster/index.ts'
import { namespace, type Running, workload } from './manifests.ts'

/** Flagger rolls it out: its new versions stop for somebody before they begin, at a tenth and at one half. */
export const orders: Running = {
  manifest: workload('Deployment', 'orders', { replicas: 4 }),
  versions: [
    ['6.9.3', 28, 'deploy-pipeline'],
    ['7.0.0', 10, 'deploy-pipeline'],
  ],
  canary: {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'orders', namespace },
    spec: {
      provider: 'istio',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'orders' },
      service: { port: 80, targetPort: 8080 },
      analysis: { interval: '10s', threshold: 5, stepWeights: [10, 50] },
    },
  },
}

/** By which its questions are known to be its own. */
export const flaggerSecret = 'flagger-of-the-pretend-cluster'

/** Lists our gates in the Canary, as `deploy/flagger.yaml` says; `url` is where the bot is asked. */
export async function listGates(cluster: Cluster, url: string): Promise<void> {
  const webhooks = [...flaggerGates, 'event' as const].map((gate) => ({
    name: `countermand-${gate}`,
    type: gate,
    url: addressOf(url, gate),
  }))
  const path = `/apis/flagger.app/v1beta1/namespaces/${namespace}/canaries/orders`
  const { status } = await fetch(`${cluster.url}${path}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${cluster.adminToken}`,
      'content-type': 'application/merge-patch+json',
    },
    body: JSON.stringify({ spec: { analysis: { webhooks } } }),
  })
  if (status !== 200) throw new Error(`the Canary of orders could not be changed: ${status}`)
}

function addressOf(url: string, gate: FlaggerGate | 'event'): string {
  const address = new URL(`/webhooks/flagger/prod/${gate}`, url)
  address.username = 'flagger'
  address.password = flaggerSecret
  return address.href
}
