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
const progressing = () =>
  get().status.conditions?.find(({ type }) => type === 'Progressing')?.reason
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

describe('a controller that lags', () => {
  test('leaves observedGeneration behind, and "previous" then is one too far back', async () => {
    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    ship('2')
    await out('2')

    cluster.lag(true)
    ship('3')

    expect(get().metadata.generation).toBe(3)
    expect(get().status.observedGeneration).toBe(2)
    expect(revisions()).toEqual({ 'shop/web:1': '1', 'shop/web:2': '2' })

    cluster.lag(false)
    await out('3')
    expect(revisions()).toEqual({ 'shop/web:1': '1', 'shop/web:2': '2', 'shop/web:3': '3' })
  })
})

describe('a rollout that does not come to its end', () => {
  test('is reported after the deadline, and an undo shows the stale reason before it is corrected', async () => {
    cluster.behave('shop/web:2', { start: { kind: 'image-missing' } })
    cluster.create(aDeployment('web', 'shop/web:1', { replicas: 4, progressDeadlineSeconds: 1 }))
    await out('1')
    ship('2')
    await until(cluster, () => progressing() === 'ProgressDeadlineExceeded')
    const seen: string[] = []
    const stop = cluster.onChange(() => {
      const { metadata, status } = get()
      if (metadata.generation === 3 && status.observedGeneration === 3)
        seen.push(progressing() ?? '')
    })

    await restore('1')
    await until(cluster, () => progressing() === 'NewReplicaSetAvailable')
    stop()

    expect(seen[0]).toBe('ProgressDeadlineExceeded')
    expect(seen.at(-1)).toBe('NewReplicaSetAvailable')
    expect(isRolledOut(cluster, 'web', 'shop/web:1')).toBe(true)
  })

  test('keeps the wanted availability with the old pods, whatever the new ones do', async () => {
    cluster.behave('shop/web:2', { start: { kind: 'crash-loop', everyMs: 20 } })
    cluster.create(aDeployment('web', 'shop/web:1', { replicas: 8 }))
    await out('1')
    ship('2')

    await until(cluster, () =>
      cluster
        .pods('production')
        .some((pod) => (pod.status.containerStatuses?.[0]?.restartCount ?? 0) >= 2),
    )

    expect(get().status.availableReplicas).toBe(6)
    expect(get().status.updatedReplicas).toBe(4)
    expect(get().status.conditions?.find(({ type }) => type === 'Available')?.status).toBe('True')
  })
})

describe('what is kept and what is lost', () => {
  test('ReplicaSets beyond revisionHistoryLimit are collected, the oldest first', async () => {
    cluster.create(aDeployment('web', 'shop/web:1', { revisionHistoryLimit: 2 }))
    await out('1')
    for (const tag of ['2', '3', '4', '5']) {
      ship(tag)
      await out(tag)
    }
    await until(cluster, () => Object.keys(revisions()).length === 3)

    expect(revisions()).toEqual({ 'shop/web:3': '3', 'shop/web:4': '4', 'shop/web:5': '5' })
  })

  test('with revisionHistoryLimit 0 there is nothing to go back to', async () => {
    cluster.create(aDeployment('web', 'shop/web:1', { revisionHistoryLimit: 0 }))
    await out('1')
    ship('2')
    await out('2')
    await until(cluster, () => Object.keys(revisions()).length === 1)

    expect(revisions()).toEqual({ 'shop/web:2': '2' })
  })

  test('fields of the template that nobody here knows survive an update', async () => {
    const manifest = aDeployment('web', 'shop/web:1') as {
      spec: { template: { spec: Record<string, unknown> } }
    }
    manifest.spec.template.spec['hostnameOverride'] = 'till-7'
    cluster.create(manifest)
    await out('1')
    ship('2')
    await out('2')

    expect(get().spec.template.spec).toMatchObject({ hostnameOverride: 'till-7' })
    expect(templateOf(cluster, 'web', 'shop/web:1').spec).toMatchObject({
      hostnameOverride: 'till-7',
    })
    expect(cluster.pods('production')[0]?.spec).toMatchObject({ hostnameOverride: 'till-7' })
  })

  test('the change cause belongs to the revision that brought it', async () => {
    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    cluster.setImage('Deployment', 'production', 'web', 'shop/web:2', {
      by: 'deploy-pipeline',
      changeCause: 'ship 2',
    })
    await out('2')
    cluster.setImage('Deployment', 'production', 'web', 'shop/web:3', { changeCause: 'ship 3' })
    await out('3')

    const causes = cluster
      .list('ReplicaSet', 'production')
      .map(({ metadata }) => metadata.annotations?.['kubernetes.io/change-cause'])
    expect(new Set(causes)).toEqual(new Set([undefined, 'ship 2', 'ship 3']))
    expect(get().metadata.managedFields?.map((entry) => entry['manager'])).toContain(
      'deploy-pipeline',
    )
  })

  test('a tag that moved runs another digest, although the template is the same', async () => {
    cluster.create(aDeployment('web', 'shop/web:latest'))
    await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:latest'))
    const digest = () => cluster.pods('production').at(-1)?.status.containerStatuses?.[0]?.imageID
    const before = digest()

    cluster.moveTag('shop/web:latest')
    const [pod] = cluster.pods('production')
    await clientOf(cluster).ask(
      'DELETE',
      `/api/v1/namespaces/production/pods/${pod?.metadata.name}?gracePeriodSeconds=0`,
    )
    await until(cluster, () => {
      const now = cluster.pods('production')
      return now.length === 1 && now[0]?.metadata.uid !== pod?.metadata.uid && digest() !== ''
    })

    expect(before).toMatch(/^docker\.io\/shop\/web@sha256:[0-9a-f]{64}$/)
    expect(digest()).toMatch(/^docker\.io\/shop\/web@sha256:[0-9a-f]{64}$/)
    expect(digest()).not.toBe(before)
  })
})

describe('other ways to roll out', () => {
  test('a paused Deployment takes a new template and rolls nothing out until it is resumed', async () => {
    cluster.create(aDeployment('web', 'shop/web:1', { paused: false }))
    await out('1')
    const client = clientOf(cluster)
    await client.patch(`${deploymentsPath}/web`, [
      { op: 'replace', path: '/spec/paused', value: true },
    ])
    ship('2')
    await until(cluster, () => get().status.observedGeneration === 3)

    expect(progressing()).toBe('DeploymentPaused')
    expect(revisions()).toEqual({ 'shop/web:1': '1' })

    await client.patch(`${deploymentsPath}/web`, [
      { op: 'replace', path: '/spec/paused', value: false },
    ])
    await out('2')
    expect(revisions()).toEqual({ 'shop/web:1': '1', 'shop/web:2': '2' })
  })

  test('Recreate lets no two versions run side by side', async () => {
    cluster.create(
      aDeployment('web', 'shop/web:1', { replicas: 3, strategy: { type: 'Recreate' } }),
    )
    await out('1')
    const images: number[] = []
    const stop = cluster.onChange(() => {
      const running = cluster.pods('production').filter((pod) => !pod.metadata.deletionTimestamp)
      images.push(new Set(running.map((pod) => pod.spec.containers[0]?.image)).size)
    })

    ship('2')
    await out('2')
    stop()

    expect(Math.max(...images)).toBe(1)
  })

  test('a Deployment without replicas is "rolled out" although nothing runs', async () => {
    cluster.create(aDeployment('web', 'shop/web:1', { replicas: 0 }))
    ship('2')
    await out('2')

    expect(progressing()).toBe('NewReplicaSetAvailable')
    expect(cluster.pods('production')).toEqual([])
  })

  test('minReadySeconds holds availability back', async () => {
    // Dates are whole seconds: on a clock that runs, one of them may be over at once.
    let at = Date.UTC(2026, 10, 21, 14, 30)
    await cluster.close()
    cluster = await startCluster({ podStartMs: 20, podStopMs: 5, now: () => new Date(at) })
    cluster.create(aDeployment('web', 'shop/web:1', { minReadySeconds: 1 }))
    await until(cluster, () => get().status.readyReplicas === 1)

    expect(get().status.availableReplicas).toBeUndefined()
    at += 1_000
    await out('1')
    expect(get().status.availableReplicas).toBe(1)
  })
})

describe('an object that is gone', () => {
  test('takes its ReplicaSets and pods along, and comes back as another one', async () => {
    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    const { uid } = get().metadata

    await clientOf(cluster).ask('DELETE', `${deploymentsPath}/web`)
    await until(cluster, () => cluster.pods('production').length === 0)
    expect(cluster.list('ReplicaSet', 'production')).toEqual([])

    cluster.create(aDeployment('web', 'shop/web:1'))
    await out('1')
    expect(get().metadata.uid).not.toBe(uid)
    expect(get().metadata.generation).toBe(1)
  })
})
