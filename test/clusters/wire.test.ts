import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Deployment, Fields, Pod } from '#sandbox/cluster/objects.ts'
import { podsEach } from './backend.ts'
import { canLag, testedCluster, type TestedCluster } from './tested-cluster.ts'
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

test('a StatefulSet is rolled out, stuck, and freed alike', async () => {
  const sets = '/apis/apps/v1/namespaces/{ns}/statefulsets'
  const shows = async (title: string) => {
    wire.show(`${title}: StatefulSet`, (await cluster.get('StatefulSet', 'db'))?.status)
    wire.show(`${title}: pods`, (await cluster.pods()).map(podShown))
    const revisions = await cluster.list('ControllerRevision')
    wire.show(
      `${title}: ControllerRevisions`,
      revisions.toSorted((a, b) => a.revision - b.revision),
    )
  }
  const isAt = async (counts: Readonly<Record<string, number>>, isStuck = false) => {
    const { metadata, status } = (await cluster.get('StatefulSet', 'db')) ?? {}
    const pods = await cluster.pods()
    return (
      status?.observedGeneration === metadata?.generation &&
      Object.entries(counts).every(([name, count]) => (status as Fields)[name] === count) &&
      pods.every((pod) => !pod.metadata.deletionTimestamp) &&
      pods.some(
        ({ status: { containerStatuses: [one] = [] } }) =>
          one?.state.waiting?.reason === 'ImagePullBackOff',
      ) === isStuck
    )
  }
  cluster.behave('shop/db:2', { start: { kind: 'image-missing' } })

  await cluster.create(workload('StatefulSet', 'db', 'shop/db:1', { replicas: 2 }))
  await reached(() => isAt({ availableReplicas: 2, updatedReplicas: 2 }))
  await shows('the first version runs')
  await cluster.setImage('StatefulSet', 'db', 'shop/db:2')
  await reached(() => isAt({ readyReplicas: 1, updatedReplicas: 1, replicas: 2 }, true))
  await shows('the second version is stuck')
  await cluster.setImage('StatefulSet', 'db', 'shop/db:1')
  await reached(() => isAt({ readyReplicas: 1, replicas: 2 }, true))
  await shows('the first version is back, and db-1 still stuck')
  await wire.ask('DELETE', '/api/v1/namespaces/{ns}/pods/db-1', { show: podShown })
  await reached(() => isAt({ availableReplicas: 2, updatedReplicas: 2 }))
  await shows('db-1 was deleted')
  await wire.ask('GET', `${sets}/db/scale`)

  await expect(wire.text()).toMatchFileSnapshot(record('stateful-set'))
})

test('a DaemonSet is rolled out and back alike', async () => {
  const shows = async (title: string) => {
    wire.show(`${title}: DaemonSet`, (await cluster.get('DaemonSet', 'agent'))?.status)
    wire.show(`${title}: a pod`, podShown((await cluster.pods())[0]))
    const revisions = await cluster.list('ControllerRevision')
    wire.show(
      `${title}: ControllerRevisions`,
      revisions
        .toSorted((a, b) => a.revision - b.revision)
        .map(({ metadata, revision }) => ({ metadata, revision })),
    )
  }
  const isOut = async () => {
    const { metadata, status } = (await cluster.get('DaemonSet', 'agent')) ?? {}
    const pods = await cluster.pods()
    return (
      status?.observedGeneration === metadata?.generation &&
      status?.updatedNumberScheduled === podsEach &&
      status.numberAvailable === podsEach &&
      pods.length === podsEach
    )
  }

  await cluster.create(workload('DaemonSet', 'agent', 'shop/agent:1'))
  await reached(isOut)
  await shows('the first version runs')
  await cluster.setImage('DaemonSet', 'agent', 'shop/agent:2')
  await reached(isOut)
  await cluster.setImage('DaemonSet', 'agent', 'shop/agent:1')
  await reached(isOut)
  await shows('the first version is back')

  await expect(wire.text()).toMatchFileSnapshot(record('daemon-set'))
})

test('pods, their logs and their endings are told alike', async () => {
  const pods = '/api/v1/namespaces/{ns}/pods'
  cluster.behave('shop/web:2', {
    start: { kind: 'crash-loop', exitCode: 3, everyMs: 60_000 },
    logs: ['starting'],
    lastWords: ['out of memory'],
  })
  await rolledOut('shop/web:1')
  const [running] = await cluster.pods()
  const path = `${pods}/${running?.metadata.name}`
  wire.show('a pod that runs', podShown(running))
  await wire.ask('GET', `${path}/log`)
  await wire.ask('GET', `${path}/log?tailLines=1`)
  await wire.ask('GET', `${path}/log?limitBytes=4`)
  await wire.ask('GET', `${path}/log?container=nope`)
  await wire.ask('GET', `${path}/log?previous=true`)
  await wire.ask('DELETE', path, { body: { preconditions: { uid: 'other' } } })
  await wire.ask('DELETE', path, {
    body: { gracePeriodSeconds: 7 },
    show: (body) => (body as unknown as Pod).metadata,
  })
  await wire.ask('DELETE', `${pods}/nope`)
  await settled('shop/web:1')

  await cluster.setImage('Deployment', 'web', 'shop/web:2')
  const crashed = async () =>
    (await cluster.pods()).find(({ status }) => status.containerStatuses?.[0]?.restartCount === 1)
  await reached(async () => (await crashed()) !== undefined)
  wire.show('a pod that crashes', podShown(await crashed()))
  const crashedPath = `${pods}/${(await crashed())?.metadata.name}`
  await wire.ask('GET', `${crashedPath}/log`)
  await wire.ask('GET', `${crashedPath}/log?previous=true`)
  await wire.ask('DELETE', '/api/v1/namespaces/{ns}/configmaps?labelSelector=app%3Dnope')

  await expect(wire.text()).toMatchFileSnapshot(record('pods'))
})

test('collections are paged and emptied alike', async () => {
  const maps = '/api/v1/namespaces/{ns}/configmaps'
  const make = (name: string) =>
    cluster.create({
      kind: 'ConfigMap',
      metadata: { name, labels: { of: 'page' } },
      data: { name },
    })
  for (const name of ['page-a', 'page-b', 'page-c']) await make(name)
  for (const name of ['web-a', 'web-b', 'web-c'])
    await cluster.create(workload('Deployment', name, 'shop/web:1', { replicas: 0 }))
  const page = async (path: string, limit = 2, token?: string) => {
    const next = token === undefined ? '' : `&continue=${token}`
    const { metadata } = await wire.ask('GET', `${path}limit=${limit}${next}`, { show: pageShown })
    return (metadata as { continue?: string }).continue
  }

  const selected = await page(`${maps}?labelSelector=of%3Dpage&`)
  await make('page-d')
  await page(`${maps}?labelSelector=of%3Dpage&`, 2, selected)
  const all = await page(`${deployments}?`)
  await page(`${deployments}?`, 2, all)
  await wire.ask('GET', `${deployments}?limit=2&continue=%21`)
  await page(`${deployments}?`, 3)

  await wire.ask('DELETE', `${maps}?labelSelector=of%3Dpage`)
  await wire.ask('GET', `${maps}?labelSelector=of%3Dpage`)
  await wire.ask('DELETE', deployments, { show: pageShown })

  await expect(wire.text()).toMatchFileSnapshot(record('collections'))
})

// How long somebody else's cluster remembers is its own affair.
test.runIf(canLag)('a watch from a version that is forgotten is refused alike', async () => {
  const { token } = cluster.backend

  await wire.watchAs(token, `${deployments}?watch=true&resourceVersion=1&timeoutSeconds=5`)
  await wire.ask('GET', `${deployments}?watch=true&resourceVersion=x`)

  await expect(wire.text()).toMatchFileSnapshot(record('watch'))
})

test('who may what is told alike', async () => {
  await rolledOut('shop/web:1')
  const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const may = async (verb: string, group: string, resource: string, subresource?: string) => {
    const resourceAttributes = { namespace: cluster.namespace, verb, group, resource, subresource }
    await asProduct('POST', review, { spec: { resourceAttributes } })
  }
  const asProduct = (method: string, path: string, body?: unknown, token?: string) =>
    wire.askAs(token ?? cluster.backend.token, method, path, body)

  await may('patch', 'apps', 'deployments')
  await may('get', '', 'pods', 'log')
  await may('get', '', 'secrets')
  await asProduct('GET', '/api/v1/namespaces/{ns}/secrets')
  await asProduct('GET', '/api/v1/namespaces/{ns}/secrets/password')
  await asProduct('DELETE', web)
  await asProduct('GET', '/apis/apps/v1/deployments')
  await asProduct('GET', '/api/v1/namespaces/kube-system')
  await asProduct('GET', `${web}/scale`)
  await asProduct('GET', web, undefined, 'nobody')

  await expect(wire.text()).toMatchFileSnapshot(record('rights'))
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

/** A list without what its items hold. */
function pageShown(body: Answered): unknown {
  const { items, ...list } = body as { readonly items?: readonly Pod[] }
  return { ...list, items: items?.map(({ metadata }) => metadata.name) }
}

/** What a cluster says of a pod itself; what it was asked to be stands elsewhere. */
function podShown(pod: unknown): unknown {
  const { metadata, status } = pod as Pod
  const { phase, conditions, containerStatuses } = status
  return { metadata, status: { phase, conditions, containerStatuses } }
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
