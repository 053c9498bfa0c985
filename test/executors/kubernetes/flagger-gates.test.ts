import { expect, test } from 'vitest'
import type { z } from 'zod'
import { workloadId } from '#domain/ids.ts'
import type { KubernetesApi } from '#executors/kubernetes/api.ts'
import { flaggerChecksum } from '#executors/kubernetes/flagger/checksum.ts'
import { openGates } from '#executors/kubernetes/flagger/gates.ts'
import { Workload } from '#executors/kubernetes/objects.ts'
import { runningRevision } from '#executors/kubernetes/revision.ts'
import type { ChangeOf } from '#executors/kubernetes/schema.ts'
import { Superseded } from '#ports/executor.ts'

const inHand = (settings: string) => ({
  lastAppliedSpec: '75b6dc7f5b',
  trackedConfigs: { 'configmap/settings': settings },
})

/** A cluster in which Flagger tries this version, and which can only be asked for its Canaries. */
function clusterWith(status: object): KubernetesApi {
  const other = () => {
    throw new Error('nothing else is asked')
  }
  const canary = {
    metadata: { name: 'checkout', uid: 'u-canary' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout' } },
    status: { phase: 'Progressing', canaryWeight: 10, ...status },
  }
  return {
    context: undefined,
    waits: { retryMs: 1, policyMs: 1, complaintMs: 1, lookMs: 1, watchMs: 1 },
    list: async <Item>(_path: string, as: z.ZodType<Item>) => ({
      items: [as.parse(canary)],
      resourceVersion: '1',
    }),
    get: other,
    text: other,
    patch: other,
    create: other,
    delete: other,
    ask: other,
    watch: other,
  }
}

const target = Workload.parse({
  metadata: { name: 'checkout', uid: 'u' },
  spec: { selector: {}, template: { spec: { containers: [{ name: 'app', image: 'shop:2' }] } } },
})
const change: ChangeOf<'open_gates'> = {
  kind: 'open_gates',
  target: { cluster: 'prod', namespace: 'shop', kind: 'deployment', name: 'checkout' },
  workload: workloadId('prod/shop/deployment/checkout'),
  cluster: 'c',
  uid: 'u',
  canary: { name: 'checkout', uid: 'u-canary' },
  to: runningRevision(target),
  checksum: flaggerChecksum(inHand('a')),
  by: 'rb_1',
  openings: [{ gate: 'rollback', times: null }],
  lastsMicros: 60_000_000,
  goal: 'away',
}

test('the same template with another ConfigMap is another version to Flagger: what was approved for the one opens no gate to it', async () => {
  const opened: string[] = []
  const no = async () => {}
  const gates = {
    open: async ({ checksum }: { readonly checksum: string }) => void opened.push(checksum),
    rest: no,
    shut: no,
    giveBack: no,
    refusedLate: async () => [],
    lastAsked: async () => [],
  }
  const openedIn = (settings: string) =>
    openGates(
      { gatesOf: () => gates },
      clusterWith(inHand(settings)),
      change,
      target,
      AbortSignal.timeout(10_000),
    )

  const late = openedIn('b')
  await expect(late).rejects.toThrow(Superseded)
  await expect(late).rejects.toThrow('Flagger has another version of checkout in hand by now')
  expect(opened).toEqual([])

  await openedIn('a')
  expect(opened).toEqual([change.checksum])
})
