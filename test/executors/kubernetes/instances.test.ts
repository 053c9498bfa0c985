import { afterEach, describe, expect, test } from 'vitest'
import type { InstancesSeen } from '#domain/assessment/instance.ts'
import { fromDate, type Instant, instant, minutes } from '#domain/time.ts'
import { aWorld, signal, until, type World } from './world.ts'

const worlds: World[] = []
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((w) => w.close()))
})
async function world(): Promise<World> {
  const made = await aWorld()
  worlds.push(made)
  return made
}

/** The cluster's clock and this machine's are the same; a few minutes leave room for what a test does. */
const lately = (): Instant => instant(fromDate(new Date()) - minutes(10))
const look = (w: World, abort = signal()): Promise<InstancesSeen> => {
  const { instances } = w.executor
  if (!instances) throw new Error('the executor shows no instances')
  return instances.look(w.target, lately(), abort)
}
const podsIn = ({ instances }: InstancesSeen) =>
  instances.kind === 'told' ? instances.what.all : []
const warningsIn = ({ warnings }: InstancesSeen) => (warnings.kind === 'told' ? warnings.what : [])

describe('what a cluster shows of the pods of a workload', () => {
  test('calm ones are ready, never restarted and write nothing down; the questions are said', async () => {
    const w = await world()

    const seen = await look(w)

    expect(seen.instances).toMatchObject({
      kind: 'told',
      asked: `/api/v1/namespaces/${w.namespace}/pods?labelSelector=app=checkout`,
      what: { wanted: 2 },
    })
    expect(podsIn(seen).map(({ isNew, unreadySince }) => [isNew, unreadySince])).toEqual(
      Array.from({ length: 2 }, () => [true, null]),
    )
    expect(podsIn(seen).flatMap(({ containers }) => containers.map((one) => one.restarts))).toEqual(
      [0, 0],
    )
    expect(seen.warnings).toMatchObject({
      kind: 'told',
      asked: `/api/v1/namespaces/${w.namespace}/events?fieldSelector=type=Warning`,
    })
    expect(seen.written).toEqual([])
  })

  test('pods that crash for want of memory are told from those before them, with their last words, scrubbed', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.4.0', {
      start: { kind: 'crash-loop', everyMs: 100, outOfMemory: true },
      logs: ['reading the catalogue'],
      lastWords: ['fatal: cannot grow the heap for hunter2'],
    })
    await w.ship('2.4.0')
    await until(async () => {
      const seen = await look(w)
      const reasons = warningsIn(seen).map(({ reason }) => reason)
      return seen.written.some(({ isPrevious }) => isPrevious) && reasons.includes('BackOff')
    })

    const seen = await look(w)

    const crashed = podsIn(seen).filter(({ unreadySince }) => unreadySince !== null)
    expect(crashed.length).toBeGreaterThan(0)
    expect(crashed.every(({ isNew }) => isNew)).toBe(true)
    expect(podsIn(seen).some(({ isNew }) => !isNew)).toBe(true)
    expect(
      crashed.flatMap(({ containers }) => containers).find(({ restarts }) => restarts > 0)?.ended,
    ).toMatchObject({ reason: 'OOMKilled' })
    expect(seen.written.find(({ isPrevious }) => isPrevious)).toMatchObject({
      container: 'app',
      lines: ['fatal: cannot grow the heap for ***'],
    })
    expect(warningsIn(seen).map(({ reason }) => reason)).toContain('BackOff')
  })

  test('probes that fail are among the warnings, with the pod they are about', async () => {
    const w = await world()
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'never-ready' } })
    await w.ship('2.4.0')
    await until(async () => warningsIn(await look(w)).some(({ reason }) => reason === 'Unhealthy'))

    const seen = await look(w)

    const failed = warningsIn(seen).find(({ reason }) => reason === 'Unhealthy')
    expect(failed).toMatchObject({ message: expect.stringMatching(/^Readiness probe failed/) })
    expect(failed?.at).toBeGreaterThan(lately())
    expect(podsIn(seen).map(({ name }) => name)).toContain(failed?.about)
  })

  test('what others warn of in the same namespace is left out', async () => {
    const w = await world()
    await w.cluster.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'somebody.1', namespace: w.namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: w.namespace, name: 'somebody' },
      type: 'Warning',
      reason: 'Unhealthy',
      message: 'Readiness probe failed',
      firstTimestamp: new Date().toISOString(),
      lastTimestamp: new Date().toISOString(),
    })

    expect(warningsIn(await look(w)).map(({ about }) => about)).not.toContain('somebody')
  })
})

describe('what a cluster does not say is unknown', () => {
  test('without the right to list events, the pods are told of all the same', async () => {
    const w = await world()
    await w.cluster.forbid('list', 'events')

    const { instances, warnings } = await look(w)

    expect(instances.kind).toBe('told')
    expect(warnings).toMatchObject({
      kind: 'unavailable',
      why: expect.stringContaining('not allowed to list events'),
    })
  })

  test('without the right to read logs, only the last words are missing', async () => {
    const w = await world()
    await w.cluster.forbid('get', 'pods/log')
    w.cluster.behave('shop/checkout:2.4.0', { start: { kind: 'crash-loop', everyMs: 100 } })
    await w.ship('2.4.0')
    await until(async () =>
      podsIn(await look(w)).some(({ containers }) =>
        containers.some(({ restarts }) => restarts > 0),
      ),
    )

    const { instances, written } = await look(w)

    expect([instances.kind, written]).toEqual(['told', []])
  })

  test('a cluster that is away, one that does not answer in time, and a workload that is gone', async () => {
    const w = await world()
    const late = new AbortController()
    late.abort(new DOMException('no answer within 2.2 s', 'TimeoutError'))

    expect(await look(w, late.signal)).toMatchObject({
      instances: { kind: 'unavailable', why: 'no answer within 2.2 s' },
      warnings: { kind: 'unavailable', why: 'no answer within 2.2 s' },
    })
    await w.request('DELETE', w.path)
    await until(async () => (await look(w)).instances.kind === 'unavailable')
    expect(await look(w)).toMatchObject({
      instances: { why: expect.stringContaining('there is no deployment checkout') },
      warnings: { kind: 'unavailable' },
      written: [],
    })
    await w.cluster.goAway()
    expect(await look(w)).toMatchObject({
      instances: { kind: 'unavailable', why: expect.stringContaining('cannot be reached') },
    })
  })
})
