import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aDeployment, clientOf, deploymentsPath, isRolledOut, templateOf, until } from './client.ts'

let cluster: Cluster

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 20, podStopMs: 5 })
})
afterEach(() => cluster.close())

const get = () => {
  const found = cluster.get('Deployment', 'production', 'web')
  if (found === undefined) throw new Error('web is gone')
  return found
}
const ship = (tag: string) => cluster.setImage('Deployment', 'production', 'web', `shop/web:${tag}`)
const out = (tag: string) => until(cluster, () => isRolledOut(cluster, 'web', `shop/web:${tag}`))
const revisions = () =>
  Object.fromEntries(
    cluster
      .list('ReplicaSet', 'production')
      .map(({ spec, metadata }) => [
        spec.template.spec.containers[0]?.image,
        metadata.annotations?.['deployment.kubernetes.io/revision'],
      ]),
  )
const restore = (tag: string) =>
  clientOf(cluster).patch(`${deploymentsPath}/web`, [
    {
      op: 'replace',
      path: '/spec/template',
      value: templateOf(cluster, 'web', `shop/web:${tag}`),
    },
  ])

describe('a rolling update', () => {
  test('replaces pods step by step without ever falling below the wanted availability', async () => {
    cluster.create(aDeployment('web', 'shop/web:1', { replicas: 8 }))
    await out('1')
    const available: number[] = []
    const pods: number[] = []
    const stop = cluster.onChange(() => {
      available.push(get().status.availableReplicas ?? 0)
      pods.push(cluster.pods('production').filter((pod) => !pod.metadata.deletionTimestamp).length)
    })

    ship('2')
    await out('2')
    stop()

    expect(Math.min(...available)).toBeGreaterThanOrEqual(6)
    expect(Math.max(...pods)).toBeLessThanOrEqual(10)
    expect(new Set(available).size).toBeGreaterThan(1)
  })

  test('renumbers a template that is used again instead of making a second ReplicaSet', async () => {
    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    ship('2')
    await out('2')

    await restore('1')
    await out('1')

    expect(revisions()).toEqual({ 'shop/web:1': '3', 'shop/web:2': '2' })
    expect(get().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3')
  })

  test('undone twice by "second highest number" runs the bad version again', async () => {
    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    for (const tag of ['2', '3']) {
      ship(tag)
      await out(tag)
    }
    const previous = () =>
      Object.entries(revisions())
        .toSorted(([, a], [, b]) => Number(b) - Number(a))[1]?.[0]
        ?.split(':')[1] ?? ''

    const first = previous()
    await restore(first)
    await out(first)
    const second = previous()

    expect([first, second]).toEqual(['2', '3'])
  })
})
