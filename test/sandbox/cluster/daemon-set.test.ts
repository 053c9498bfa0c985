import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aDaemonSet, until } from './client.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 15, podStopMs: 5 })
})
afterEach(() => cluster.close())

const get = () => {
  const found = cluster.get('DaemonSet', 'production', 'agent')
  if (found === undefined) throw new Error('agent is gone')
  return found
}
const ship = (tag: string) =>
  cluster.setImage('DaemonSet', 'production', 'agent', `shop/agent:${tag}`)
const out = (generation: number) =>
  until(
    cluster,
    () =>
      get().status.observedGeneration === generation &&
      get().status.updatedNumberScheduled === 3 &&
      get().status.numberAvailable === 3,
  )

test('one pod runs on every node, and an update replaces one node at a time', async () => {
  cluster.create(aDaemonSet('agent', 'shop/agent:1'))
  await out(1)
  const available: number[] = []
  const stop = cluster.onChange(() => available.push(get().status.numberAvailable ?? 0))

  ship('2')
  await out(2)
  stop()

  expect(new Set(cluster.pods('production').map((pod) => pod.spec.nodeName))).toEqual(
    new Set(['node-1', 'node-2', 'node-3']),
  )
  expect(Math.min(...available)).toBe(2)
})

test('a bad version stops at the first node, and the old template brings that node back by itself', async () => {
  cluster.behave('shop/agent:2', { start: { kind: 'crash-loop', everyMs: 20 } })
  cluster.create(aDaemonSet('agent', 'shop/agent:1'))
  await out(1)
  ship('2')
  await until(cluster, () =>
    cluster
      .pods('production')
      .some((pod) => (pod.status.containerStatuses?.[0]?.restartCount ?? 0) > 1),
  )
  expect(get().status.updatedNumberScheduled).toBe(1)

  ship('1')
  await out(3)

  expect(
    cluster.pods('production').every((pod) => pod.spec.containers[0]?.image === 'shop/agent:1'),
  ).toBe(true)
})

test('revisions beyond the limit are forgotten', async () => {
  cluster.create(aDaemonSet('agent', 'shop/agent:1', { revisionHistoryLimit: 1 }))
  await out(1)
  for (const [index, tag] of ['2', '3'].entries()) {
    ship(tag)
    await out(index + 2)
  }
  await until(cluster, () => cluster.list('ControllerRevision', 'production').length === 2)

  expect(
    new Set(cluster.list('ControllerRevision', 'production').map(({ revision }) => revision)),
  ).toEqual(new Set([2, 3]))
})
