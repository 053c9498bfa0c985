import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import {
  aDeployment,
  clientOf,
  deploymentsPath,
  isRolledOut,
  until,
  type WatchEvent,
  watch,
} from './client.ts'

let cluster: Cluster
let stop: AbortController

beforeEach(async () => {
  stop = new AbortController()
  cluster = await startCluster({ podStartMs: 10, podStopMs: 5 })
  cluster.create(aDeployment('web', 'shop/web:1'))
  await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:1'))
})
afterEach(async () => {
  stop.abort()
  await cluster.close()
})

const listVersion = async () => {
  const { body } = await clientOf(cluster).get(deploymentsPath)
  return Number((body['metadata'] as { resourceVersion: string }).resourceVersion)
}
/** Events up to the first that `isLast` names. */
async function collect(query: string, isLast: (event: WatchEvent) => boolean) {
  const events: WatchEvent[] = []
  for await (const event of watch(cluster, `${deploymentsPath}?watch=true&${query}`, stop.signal)) {
    events.push(event)
    if (isLast(event)) break
  }
  return events
}
const isOut = (image: string) => (event: WatchEvent) =>
  event.object.kind === 'Deployment' &&
  event.object.spec.template.spec.containers[0]?.image === image &&
  event.object.status.observedGeneration === event.object.metadata.generation &&
  event.object.status.updatedReplicas === 1 &&
  event.object.status.replicas === 1 &&
  event.object.status.availableReplicas === 1

test('a watch from a list’s version misses nothing that came between', async () => {
  const from = await listVersion()
  cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
  await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:2'))

  const events = await collect(`resourceVersion=${from}`, isOut('shop/web:2'))

  const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
  expect(events.every(({ type }) => type === 'MODIFIED')).toBe(true)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  expect(new Set(versions).size).toBe(versions.length)
  expect(versions[0]).toBeGreaterThan(from)
})

test('a watch that is cut goes on from its last version without a gap or a repetition', async () => {
  const whole = collect(`resourceVersion=${await listVersion()}`, isOut('shop/web:2'))
  const first = collect(`resourceVersion=${await listVersion()}`, () => true)
  cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
  const before = await first
  const last = before.at(-1)?.object.metadata.resourceVersion ?? ''

  const after = await collect(`resourceVersion=${last}`, isOut('shop/web:2'))

  const seen = [...before, ...after].map(({ object }) => object.metadata.resourceVersion)
  expect(seen).toEqual((await whole).map(({ object }) => object.metadata.resourceVersion))
})

test('a watch without a version starts with everything there is', async () => {
  cluster.create(aDeployment('api', 'shop/api:1', { replicas: 0 }))
  const events = await collect('', (event) => event.object.metadata.name === 'web')
  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'api'],
    ['ADDED', 'web'],
  ])
})

test('a watch from before the compaction is told 410 and ends', async () => {
  const from = await listVersion()
  cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
  await until(cluster, () => isRolledOut(cluster, 'web', 'shop/web:2'))
  cluster.compact()

  const events = await collect(`resourceVersion=${from}`, () => false)

  expect(events).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }])
})

test('a deletion is an event, and what leaves the selection looks like one', async () => {
  const client = clientOf(cluster)
  const labelled = collect(
    `labelSelector=app%3Dweb&resourceVersion=${await listVersion()}`,
    ({ type }) => type === 'DELETED',
  )
  const all = collect(
    `fieldSelector=metadata.name%3Dweb&resourceVersion=${await listVersion()}`,
    ({ type }) => type === 'DELETED',
  )

  await client.patch(`${deploymentsPath}/web`, [
    { op: 'replace', path: '/metadata/labels/app', value: 'other' },
  ])
  expect((await labelled).at(-1)).toMatchObject({ type: 'DELETED' })
  await client.ask('DELETE', `${deploymentsPath}/web`)

  expect((await all).at(-1)).toMatchObject({
    type: 'DELETED',
    object: { metadata: { name: 'web', labels: { app: 'other' } } },
  })
})

test('a watch ends after its timeout, with a bookmark for those that asked', async () => {
  const from = await listVersion()
  const events = await collect(
    `resourceVersion=${from}&timeoutSeconds=1&allowWatchBookmarks=true`,
    () => false,
  )
  expect(events).toMatchObject([
    { type: 'BOOKMARK', object: { kind: 'Deployment', metadata: { resourceVersion: `${from}` } } },
  ])
})

test('a server that drops its connections ends the stream with an error', async () => {
  const ended = collect(`resourceVersion=${await listVersion()}`, ({ type }) => {
    // The first event proves that the watch is open.
    if (type === 'MODIFIED') cluster.dropConnections()
    return false
  })
  const [outcome] = await Promise.all([
    ended.then(
      () => 'ended in order',
      () => 'cut',
    ),
    poke(),
  ])

  expect(outcome).toBe('cut')
})

/** Writes until the watch was seen to be open. */
async function poke(): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    if (cluster.requests.some(({ query }) => query.includes('watch=true'))) break
    await listVersion()
  }
  cluster.setImage('Deployment', 'production', 'web', 'shop/web:2')
}
