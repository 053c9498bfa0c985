import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aStatefulSet, clientOf, until } from './client.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 15, podStopMs: 5 })
})
afterEach(() => cluster.close())

const get = () => {
  const found = cluster.get('StatefulSet', 'production', 'db')
  if (found === undefined) throw new Error('db is gone')
  return found
}
const ship = (tag: string) => cluster.setImage('StatefulSet', 'production', 'db', `shop/db:${tag}`)
const images = () =>
  Object.fromEntries(
    cluster
      .pods('production')
      .map(({ metadata, spec }) => [metadata.name, spec.containers[0]?.image.split(':')[1]]),
  )
const isOut = (tag: string) => {
  const { spec, status, metadata } = get()
  return (
    spec.template.spec.containers[0]?.image === `shop/db:${tag}` &&
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.readyReplicas === spec.replicas &&
    status.currentRevision === status.updateRevision
  )
}
const out = (tag: string) => until(cluster, () => isOut(tag))
const stuck = (name: string) =>
  until(
    cluster,
    () =>
      cluster.pods('production').find((pod) => pod.metadata.name === name)?.status
        .containerStatuses?.[0]?.state.waiting?.reason === 'ImagePullBackOff',
  )

test('pods are replaced one at a time, from the highest number down', async () => {
  cluster.create(aStatefulSet('db', 'shop/db:1', { replicas: 3 }))
  await out('1')
  const order: string[] = []
  const ready: number[] = []
  const stop = cluster.onChange(({ kind, type, object }) => {
    if (kind === 'Pod' && type === 'ADDED') order.push(object.metadata.name)
    ready.push(get().status.readyReplicas ?? 0)
  })

  ship('2')
  await out('2')
  stop()

  expect(order).toEqual(['db-2', 'db-1', 'db-0'])
  expect(Math.min(...ready)).toBe(2)
})

test('pods with numbers below the partition keep the old version', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }
  cluster.create(aStatefulSet('db', 'shop/db:1', { replicas: 3, updateStrategy }))
  await out('1')

  ship('2')
  await until(cluster, () => get().status.updatedReplicas === 1 && get().status.readyReplicas === 3)

  expect(images()).toEqual({ 'db-0': '1', 'db-1': '1', 'db-2': '2' })
  expect(get().status.currentRevision).not.toBe(get().status.updateRevision)
})

test('a pod stuck on a bad version stays stuck after the old template is back, until it is deleted', async () => {
  cluster.behave('shop/db:2', { start: { kind: 'image-missing' } })
  cluster.create(aStatefulSet('db', 'shop/db:1', { replicas: 3 }))
  await out('1')
  ship('2')
  await stuck('db-2')

  ship('1')
  await until(cluster, () => get().status.observedGeneration === 3)
  // Another full look of the controllers must not free it either.
  cluster.lag(true)
  cluster.lag(false)
  await clientOf(cluster).get('/version')

  expect(images()).toEqual({ 'db-0': '1', 'db-1': '1', 'db-2': '2' })
  expect(isOut('1')).toBe(false)

  const bad = cluster.pods('production').find((pod) => pod.metadata.name === 'db-2')
  const answer = await clientOf(cluster, cluster.token).ask(
    'DELETE',
    '/api/v1/namespaces/production/pods/db-2',
    { kind: 'DeleteOptions', preconditions: { uid: bad?.metadata.uid } },
  )
  await out('1')

  expect(answer.status).toBe(200)
  expect(images()).toEqual({ 'db-0': '1', 'db-1': '1', 'db-2': '1' })
})

test('a template that is used again gets the highest revision number, under its old name', async () => {
  const revisions = () =>
    cluster
      .list('ControllerRevision', 'production')
      .map(({ metadata, revision }) => [metadata.name, revision])
  cluster.create(aStatefulSet('db', 'shop/db:1'))
  await out('1')
  const first = revisions()[0]?.[0]
  ship('2')
  await out('2')
  ship('1')
  await out('1')

  expect(revisions()).toContainEqual([first, 3])
  expect(revisions()).toHaveLength(2)
})

test('a revision holds the template with the directive that replaces', async () => {
  cluster.create(aStatefulSet('db', 'shop/db:1'))
  await out('1')
  const { body } = await clientOf(cluster).get(
    '/apis/apps/v1/namespaces/production/controllerrevisions',
  )
  expect(body['items']).toMatchObject([
    {
      revision: 1,
      data: {
        spec: { template: { $patch: 'replace', spec: { containers: [{ image: 'shop/db:1' }] } } },
      },
    },
  ])
})

test('with OnDelete nothing happens until somebody deletes a pod', async () => {
  cluster.create(
    aStatefulSet('db', 'shop/db:1', { replicas: 2, updateStrategy: { type: 'OnDelete' } }),
  )
  await out('1')
  ship('2')
  await until(cluster, () => get().status.observedGeneration === 2)
  expect(images()).toEqual({ 'db-0': '1', 'db-1': '1' })

  await clientOf(cluster).ask('DELETE', '/api/v1/namespaces/production/pods/db-0')
  await until(cluster, () => get().status.updatedReplicas === 1 && get().status.readyReplicas === 2)

  expect(images()).toEqual({ 'db-0': '2', 'db-1': '1' })
})
