import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { aDeployment, clientOf, isRolledOut, until } from './client.ts'

const podsPath = '/api/v1/namespaces/production/pods'
let cluster: Cluster
let client: ReturnType<typeof clientOf>

beforeEach(async () => {
  cluster = await startCluster({ podStartMs: 15, podStopMs: 10 })
  client = clientOf(cluster)
})
afterEach(() => cluster.close())

const only = () => {
  const [pod] = cluster.pods('production')
  if (pod === undefined) throw new Error('there is no pod')
  return pod
}
const status = () => only().status.containerStatuses?.[0]
const run = async (image: string) => {
  cluster.create(aDeployment('web', image))
  await until(cluster, () => cluster.pods('production').length === 1)
}

describe('logs', () => {
  beforeEach(async () => {
    cluster.behave('shop/web:1', {
      start: { kind: 'ready' },
      logs: ['one', 'two', 'three'],
    })
    await run('shop/web:1')
    await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))
  })
  const log = async (query = '') =>
    (await client.get(`${podsPath}/${only().metadata.name}/log?${query}`)).body

  test('are what the container wrote, cut where asked', async () => {
    expect(await log()).toEqual({ text: 'one\ntwo\nthree\n' })
    expect(await log('container=app&tailLines=2')).toEqual({ text: 'two\nthree\n' })
    expect(await log('tailLines=0')).toEqual({ text: '' })
    expect(await log('limitBytes=5')).toEqual({ text: 'one\nt' })
    expect(await log('timestamps=true&tailLines=1')).toEqual({
      text: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z three\n$/),
    })
  })

  test('of a container that never ran before, or does not exist, are 400', async () => {
    expect(await log('previous=true')).toMatchObject({
      code: 400,
      message: `previous terminated container "app" in pod "${only().metadata.name}" not found`,
    })
    expect(await log('container=sidecar')).toMatchObject({ code: 400 })
  })
})

describe('a version that crashes', () => {
  test('counts its restarts and keeps the last words of the container before', async () => {
    cluster.behave('shop/web:1', {
      start: { kind: 'crash-loop', exitCode: 137, everyMs: 20 },
      logs: ['starting'],
      lastWords: ['out of memory'],
    })
    await run('shop/web:1')
    await until(cluster, () => (status()?.restartCount ?? 0) >= 2)

    const { body } = await client.get(`${podsPath}/${only().metadata.name}/log?previous=true`)

    expect(body).toEqual({ text: 'starting\nout of memory\n' })
    expect(status()?.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' })
    expect(only().status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    )
    const { body: events } = await client.get('/api/v1/namespaces/production/events')
    expect(events['items']).toContainEqual(
      expect.objectContaining({
        reason: 'BackOff',
        type: 'Warning',
        involvedObject: expect.objectContaining({ kind: 'Pod', name: only().metadata.name }),
      }),
    )
  })
})

test('a version whose image is missing waits and has no log', async () => {
  cluster.behave('shop/web:1', { start: { kind: 'image-missing' } })
  await run('shop/web:1')
  await until(cluster, () => status()?.state.waiting?.reason === 'ImagePullBackOff')

  expect(status()).toMatchObject({ imageID: '', ready: false })
  expect(only().status.phase).toBe('Pending')
  expect(await client.get(`${podsPath}/${only().metadata.name}/log`)).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('trying and failing to pull image') },
  })
})

test('a version that never becomes ready recovers when its cause is gone', async () => {
  cluster.behave('shop/web:1', { start: { kind: 'never-ready' } })
  await run('shop/web:1')
  await until(cluster, () => only().status.phase === 'Running')
  expect(isRolledOut(cluster, 'web', 'shop/web:1')).toBe(false)

  cluster.behave('shop/web:1', { start: { kind: 'ready' } })
  await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))

  expect(status()?.ready).toBe(true)
})

describe('deleting a pod', () => {
  beforeEach(async () => {
    await run('shop/web:1')
    await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))
  })

  test('with the uid of another pod is a conflict and deletes nothing', async () => {
    const answer = await client.ask('DELETE', `${podsPath}/${only().metadata.name}`, {
      preconditions: { uid: '00000000-0000-0000-0000-000000000000' },
    })

    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } })
    expect(only().metadata.deletionTimestamp).toBeUndefined()
  })

  test('gives it its grace, out of the endpoints at once, while the next one starts', async () => {
    cluster.create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'production' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    })
    const { name, uid } = only().metadata

    const answer = await client.ask('DELETE', `${podsPath}/${name}`)
    expect(answer.body).toMatchObject({ metadata: { uid, deletionGracePeriodSeconds: 30 } })
    await until(cluster, () => {
      const [slice] = cluster.list('EndpointSlice', 'production')
      return JSON.stringify(slice?.endpoints).includes('"terminating":true')
    })
    await until(
      cluster,
      () => cluster.pods('production').length === 1 && only().metadata.uid !== uid,
    )

    expect(only().metadata.name).not.toBe(name)
  })

  test('with a grace of 0 removes it at once', async () => {
    cluster.lag(true)
    await client.ask('DELETE', `${podsPath}/${only().metadata.name}?gracePeriodSeconds=0`)
    expect(cluster.pods('production')).toEqual([])
  })
})

test('stamps follow the clock that was given, also when it is moved', async () => {
  let ahead = 0
  const shifted = await startCluster({ podStartMs: 5, now: () => new Date(Date.now() + ahead) })
  try {
    ahead = 3_600_000
    shifted.create(aDeployment('web', 'shop/web:1'))
    await until(shifted, () => isRolledOut(shifted, 'web', 'shop/web:1'))
    const [pod] = shifted.pods('production')
    expect(Date.parse(pod?.metadata.creationTimestamp ?? '')).toBeGreaterThan(
      Date.now() + 3_500_000,
    )
    expect(Date.parse(pod?.status.startTime ?? '')).toBeGreaterThan(Date.now() + 3_500_000)
  } finally {
    await shifted.close()
  }
})

test('pods get ready although the machine is too busy for timers to come in their order', async () => {
  const busyFor = (ms: number) => {
    const end = performance.now() + ms
    while (performance.now() < end);
  }
  for (let made = 0; made < 60; made += 1) {
    setTimeout(
      () => {
        cluster.create(aDeployment(`web-${made}`, 'shop/web:1'))
        busyFor((made * 7) % 9)
      },
      (made * 5) % 40,
    )
    setTimeout(() => busyFor((made * 11) % 37), (made * 3) % 50)
  }
  const isReady = () => {
    const all = cluster.list('Deployment', 'production')
    return all.length === 60 && all.every(({ status }) => status.readyReplicas === 1)
  }
  await until(cluster, isReady)

  expect(isReady()).toBe(true)
})
