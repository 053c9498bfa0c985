import { afterEach, describe, expect, test } from 'vitest'
import { fromDate, hours, type Instant, instant, minutes, seconds } from '#domain/time.ts'
import type { Pod } from '#sandbox/cluster/objects.ts'
import { aWorld, kinds, type Setup, signal, until, type World } from './world.ts'

const open: World[] = []
async function world(setup: Setup = {}): Promise<World> {
  const made = await aWorld(setup)
  open.push(made)
  nowIn(made)
  return made
}
/** The record's clock is the cluster's, as it is in a real installation. */
const nowIn = ({ record }: World): void => record.pass(ago(0) - record.now())
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
})

const isOf = (image: string) => (pod: Pod) =>
  pod.spec.containers.some((container) => container.image === image)
/** A date of the platform that lies this shortly before the last look at another version still counts: `began.ts`. */
const slack = seconds(5)
const ago = (length: number): Instant => instant(fromDate(new Date()) - length)

describe.for(kinds)('since when a version of a %s runs', (kind) => {
  test('is the return of one that came back, and not its first day', async () => {
    const w = await world({ kind })
    const first = (await w.observe()).history.find(({ name }) => name === 'v2.2.1')
    // The platform's dates are whole seconds of another clock: so close to the last look they place nothing.
    await until(() => (first?.since ?? 0) < ago(seconds(7)))
    const from = ago(0)
    nowIn(w)
    const before = await w.observe()
    await w.ship('2.2.1')

    const { running } = await w.observe()

    expect(before.running.name).toBe('v2.3.0')
    expect(running.name).toBe('v2.2.1')
    expect(running.since).toBeGreaterThanOrEqual(from - slack)
    expect(running).not.toHaveProperty('orEarlier')
    expect(running.firstAt).toBe(first?.since)
    expect(before.running).not.toHaveProperty('firstAt')
  })

  test('stays the same from look to look', async () => {
    const w = await world({ kind })
    await w.observe()
    await w.ship('2.2.1')
    const first = await w.observe()
    w.record.pass(minutes(30))

    expect((await w.observe()).running.since).toBe(first.running.since)
  })

  test('is when it was shipped, as well as the platform’s dates tell, however late somebody looked', async () => {
    const w = await world({ kind })
    nowIn(w)
    await w.observe()
    const from = w.record.now()
    await w.ship('2.4.0')
    w.record.pass(minutes(45))

    const { running } = await w.observe()

    expect(running.name).toBe('v2.4.0')
    expect(running.since).toBeGreaterThanOrEqual(from - slack)
    expect(running.since).toBeLessThanOrEqual(ago(0))
    expect(running).not.toHaveProperty('orEarlier')
  })

  test('is the moment we went back to it, however late somebody looks before and after', async () => {
    const w = await world({ kind })
    nowIn(w)
    const { steps } = await w.routeTo('v2.2.1')
    w.record.pass(hours(1))
    const wentBack = w.record.now()
    for (const [index, { change }] of steps.entries())
      await w.executor.apply(change, `rb_1.${index}`, signal())
    w.record.pass(minutes(45))

    const { running } = await w.observe()

    expect(running).toMatchObject({ name: 'v2.2.1', since: wentBack })
    expect(running).not.toHaveProperty('orEarlier')
  })

  test('is taken from the platform where the record does not reach', async () => {
    const w = await world({ kind })
    const shipped = ago(0)
    w.record.pass(hours(3))

    const { running } = await w.observe()

    expect(running.since).toBeLessThanOrEqual(shipped)
    expect(running).not.toHaveProperty('orEarlier')
  })

  test('is said as a bound when it had come back before anybody looked', async () => {
    const w = await world({ kind })
    const start = ago(0)
    await until(() => start < ago(seconds(2)))
    await w.ship('2.4.0')
    await until(async () => (await w.cluster.pods()).some(isOf('shop/checkout:2.4.0')))
    await w.ship('2.3.0')

    const { running } = await w.observe()

    expect(running.name).toBe('v2.3.0')
    expect(running.since).toBeGreaterThan(ago(minutes(1)))
    expect(running.orEarlier).toBe(true)
  })

  test('begins anew when another version ran between two looks', async () => {
    const w = await world({ kind, images: ['shop/checkout:2.2.1'] })
    w.record.pass(-minutes(50))
    await w.observe()
    w.record.pass(minutes(50))
    await w.ship('2.3.0')
    await until(async () => (await w.cluster.pods()).some(isOf('shop/checkout:2.3.0')))
    await w.ship('2.2.1')

    const { running } = await w.observe()

    expect(running.name).toBe('v2.2.1')
    expect(running.since).toBeGreaterThan(ago(minutes(1)))
  })
})

test('how long a version served is not reckoned from the date of one that came back', async () => {
  const w = await world()
  await w.observe()
  await w.ship('2.2.1')
  w.record.pass(hours(5))

  const candidates = await w.executor.candidates(w.target, await w.observe())

  const left = candidates.find(({ revision }) => revision.name === 'v2.3.0')
  expect(left?.standing).toEqual({ kind: 'unproven' })
})
