import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Deployment, Fields } from '#sandbox/cluster/objects.ts'
import { testedCluster, type TestedCluster } from './tested-cluster.ts'
import { type Answered, type Transcript, transcriptOf } from './transcript.ts'

// What a real API server and its controllers answered stands in test/golden/kubernetes. `npm run test:cluster` holds the record
// against a real one, `npm test` the sandbox's cluster against the record: so neither can drift away from the other. It may be
// renewed (`-u`) from a real cluster only.

let cluster: TestedCluster
let wire: Transcript
const deployments = '/apis/apps/v1/namespaces/{ns}/deployments'
const web = `${deployments}/web`

beforeEach(async () => {
  cluster = await testedCluster()
  wire = transcriptOf(cluster)
})
afterEach(() => cluster.close())

const record = (name: string) => `../golden/kubernetes/${name}.txt`

test('objects are filled in, refused and versioned alike', async () => {
  await wire.ask('POST', deployments, { body: workload('Deployment', 'web', 'shop/web:1') })
  await wire.ask('POST', deployments, { body: workload('Deployment', 'web', 'shop/web:1') })
  await wire.ask('POST', deployments, {
    body: workload('Deployment', 'api', 'shop/api:1', { selector: { matchLabels: { app: 'x' } } }),
  })
  await wire.ask('POST', deployments, { body: workload('Deployment', 'api', '') })
  await wire.ask('POST', '/apis/apps/v1/namespaces/{ns}/statefulsets', {
    body: workload('StatefulSet', 'db', 'shop/db:1'),
  })
  await wire.ask('POST', '/apis/apps/v1/namespaces/{ns}/daemonsets', {
    body: workload('DaemonSet', 'agent', 'shop/agent:1'),
  })
  await wire.ask('POST', '/api/v1/namespaces/{ns}/configmaps', {
    body: { metadata: { name: 'settings' }, data: { mode: 'fast' } },
  })
  await wire.ask('GET', `${deployments}/nope`)
  await wire.ask('GET', '/apis/argoproj.io/v1alpha1/namespaces/{ns}/rollouts')
  await wire.ask('DELETE', `${deployments}/nope`)

  await expect(wire.text()).toMatchFileSnapshot(record('objects'))
})

test('changes are taken and refused alike', async () => {
  await rolledOut('shop/web:1')
  const generation = (body: Answered) => (body as unknown as Deployment).metadata.generation
  const patch = (body: unknown, type: 'json-patch' | 'merge' | 'strategic' | 'json', query = '') =>
    wire.ask('PATCH', `${web}${query}`, { body, type, show: generation })
  const image = (value: string) => ({
    op: 'replace',
    path: '/spec/template/spec/containers/0/image',
    value,
  })

  await patch([{ op: 'test', path: '/metadata/generation', value: 99 }, image('x')], 'json-patch')
  await patch([{ op: 'replace', path: '/spec/minReadySeconds', value: 1 }], 'json-patch')
  await patch([{ op: 'remove', path: '/metadata/annotations/nothing' }], 'json-patch')
  await patch({ spec: {} }, 'json-patch')
  await patch([image('x')], 'json')
  await patch([image('')], 'json-patch')
  await patch([{ op: 'replace', path: '/metadata/name', value: 'other' }], 'json-patch')
  await patch([{ op: 'replace', path: '/metadata/uid', value: 'other' }], 'json-patch')
  await patch([{ op: 'replace', path: '/spec/selector/matchLabels/app', value: 'x' }], 'json-patch')
  await patch([image('shop/web:2')], 'json-patch', '?dryRun=All')
  await patch([image('shop/web:2')], 'json-patch', '?dryRun=Some')
  await patch([image('shop/web:1')], 'json-patch')
  await patch({ metadata: { resourceVersion: '1' }, spec: { replicas: 5 } }, 'merge')
  await patch({ metadata: { annotations: { note: 'x' } } }, 'merge')
  await patch({ metadata: { annotations: { note: null } } }, 'merge')
  await patch({ metadata: { labels: { team: 'shop' } } }, 'merge')
  await patch({ spec: { replicas: 3 } }, 'strategic')
  await patch({ status: { replicas: 9 } }, 'merge')
  await wire.ask('PATCH', `${web}/status`, {
    body: { spec: { replicas: 7 }, status: { observedGeneration: 1 } },
    type: 'merge',
    show: (body) => (body as unknown as Deployment).spec.replicas,
  })
  await settled('shop/web:1')
  await wire.ask('GET', `${web}/scale`)
  await wire.ask('PATCH', `${web}/scale`, {
    body: { spec: { replicas: 2 } },
    type: 'merge',
    show: ({ spec }) => spec,
  })
  await wire.ask('PUT', web, {
    body: workload('Deployment', 'web', 'shop/web:1', { replicas: 2 }),
    show: generation,
  })
  await patch({ metadata: { resourceVersion: '' }, spec: { revisionHistoryLimit: 3 } }, 'merge')
  await wire.ask('PUT', web, {
    body: {
      ...workload('Deployment', 'web', 'shop/web:1'),
      metadata: { name: 'web', resourceVersion: '1' },
    },
  })
  await wire.ask('DELETE', web, { body: { preconditions: { uid: 'other' } } })
  await wire.ask('DELETE', web)

  await expect(wire.text()).toMatchFileSnapshot(record('changes'))
})

test('a Deployment is rolled out and back alike', async () => {
  await rolledOut('shop/web:1')
  await shown('the first version runs')
  const first = (await cluster.get('Deployment', 'web'))?.spec.template
  await cluster.setImage('Deployment', 'web', 'shop/web:2')
  await settled('shop/web:2')
  await shown('the second version runs')
  await wire.ask('PATCH', web, {
    body: [{ op: 'replace', path: '/spec/template', value: first }],
    type: 'json-patch',
    show: () => 'taken',
  })
  await settled('shop/web:1')
  await shown('the first version is back')

  await expect(wire.text()).toMatchFileSnapshot(record('deployment'))
})

async function rolledOut(image: string): Promise<void> {
  await cluster.create(workload('Deployment', 'web', image, { replicas: 2 }))
  await settled(image)
}

/** Every count at rest, every old pod gone. */
async function settled(image: string): Promise<void> {
  await reached(async () => {
    const { spec, status, metadata } = (await cluster.get('Deployment', 'web')) ?? {}
    const pods = await cluster.pods()
    return (
      spec?.template.spec.containers[0]?.image === image &&
      status?.observedGeneration === metadata?.generation &&
      status?.updatedReplicas === spec.replicas &&
      status.replicas === spec.replicas &&
      status.availableReplicas === spec.replicas &&
      pods.length === spec.replicas &&
      (status as Fields)['terminatingReplicas'] === 0 &&
      status.conditions?.some(({ reason }) => reason === 'NewReplicaSetAvailable') === true
    )
  })
}

async function shown(title: string): Promise<void> {
  const { metadata, status } = (await cluster.get('Deployment', 'web')) ?? {}
  const byImage = <Item extends { spec: { template: Deployment['spec']['template'] } }>(
    items: readonly Item[],
  ) => items.toSorted((a, b) => (imageOf(a) < imageOf(b) ? -1 : 1))
  wire.show(`${title}: Deployment`, { metadata, status })
  for (const set of byImage(await cluster.list('ReplicaSet')))
    wire.show(`${title}: ReplicaSet of ${imageOf(set)}`, {
      ...set,
      spec: { ...set.spec, template: { metadata: set.spec.template.metadata } },
    })
  const [pod] = await cluster.pods()
  wire.show(`${title}: a pod`, pod?.metadata)
}

const imageOf = ({ spec }: { spec: { template: Deployment['spec']['template'] } }): string =>
  spec.template.spec.containers[0]?.image ?? ''

async function reached(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = AbortSignal.timeout(15_000)
  while (!(await isTrue())) {
    deadline.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

function workload(kind: string, name: string, image: string, spec: Fields = {}): Fields {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels: { app: name } },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { ...cluster.placement, containers: [{ name: 'app', image }] },
      },
      ...spec,
    },
  }
}
