import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { figuresText } from '#domain/communication/figures.ts'
import { incidentId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import { hours, type Instant, micros, minutes, plus } from '#domain/time.ts'
import { noMetrics } from '#metrics/none.ts'
import type { Measurement, Window } from '#ports/metrics.ts'
import { brokenTimes } from '#workflows/assessment/broken-times.ts'
import { measureNormal, normalWindows } from '#workflows/assessment/normal-window.ts'
import { aService, at, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const shippedAt = at('14:20:00')
const week = hours(7 * 24)
const none = { kind: 'no_data', query: 'q' } as const
const away = { kind: 'unavailable', why: 'timeout', query: 'q' } as const

test('what was measured during the incident is not called normal, although it was before the deploy', async () => {
  const scene = await aScene(database)
  const began = plus(await scene.world.timeline.now(), micros(-minutes(30)))
  const slowSince = async (_: Service, signal: string, { to }: { readonly to: Instant }) => {
    const value = signal === 'p95' ? (to > began ? 0.4 : 0.2) : 0.001
    return { kind: 'value', value, requests: 20_000, query: 'q' } as const
  }
  const world = { ...scene.world, metrics: { ...noMetrics, measure: slowSince } }
  const rollback = await propose({ ...scene, world }, { since: began })
  await rollback.approve(people.manager)
  await rollback.advance()
  await database.moveClock(minutes(5))
  await rollback.advance()

  const { phase, checks } = await rollback.state()
  expect(phase).toBe('not_recovered')
  expect(checks.map(({ text }) => text)).toContain('P95 400 ms (normal 200 ms)')
})

test('a start long before the deploy moves nothing: normal is the hour before the deploy', () => {
  const longAgo = plus(shippedAt, micros(-hours(480)))

  expect(normalWindows({ since: shippedAt }, longAgo, [])).toEqual([
    { from: at('13:20:00'), to: shippedAt, of: 'hour-before' },
  ])
})

test('the second choice is the same hour a week earlier', () => {
  const [, second] = normalWindows({ since: shippedAt }, shippedAt, [])

  expect(second).toEqual({
    from: plus(at('13:20:00'), micros(-week)),
    to: plus(shippedAt, micros(-week)),
    of: 'last-week',
  })
})

test('a version that nobody saw begin may have run in the hour before: that hour is not asked', () => {
  const windows = normalWindows({ since: shippedAt, orEarlier: true }, shippedAt, [])

  expect(windows.map(({ of }) => of)).toEqual(['last-week'])
})

test.for([
  ['13:30:00', '13:50:00', ['last-week']],
  ['14:19:59', '15:00:00', ['last-week']],
  ['13:00:00', '13:20:00', ['hour-before', 'last-week']],
  ['14:20:00', '15:00:00', ['hour-before', 'last-week']],
] as const)(
  'an hour that another incident lay in, from %s to %s, is not called normal',
  ([from, to, expected]) => {
    const windows = normalWindows({ since: shippedAt }, shippedAt, [{ from: at(from), to: at(to) }])

    expect(windows.map(({ of }) => of)).toEqual(expected)
  },
)

test('after a rollback the time of the version that was left is no normal for the next incident', async () => {
  const scene = await aScene(database)
  const first = await propose(scene)
  await first.approve()
  await first.advance()
  await database.moveClock(minutes(2))
  await first.advance()
  expect((await first.state()).phase).toBe('watching')

  const { timeline } = scene.world
  const [broken, ...others] = await brokenTimes(timeline, scene.service.id, incidentId('the-next'))
  const { verifiedAt } = await first.state()
  expect(others).toEqual([])
  expect(broken).toEqual({ from: incidentState(await first.history())?.startedAt, to: verifiedAt })
  expect(await brokenTimes(timeline, scene.service.id, first.incident)).toEqual([])
})

describe('what is normal', () => {
  const windows = normalWindows({ since: shippedAt }, shippedAt, [])
  const value = (requests?: number): Measurement => ({
    kind: 'value',
    value: 0.2,
    requests,
    query: 'q',
  })
  const measured = async (
    before: Measurement,
    weekBefore: Measurement,
    signals: Service['signals'] = { errorRate: 'q', throughput: 'q' },
  ) => {
    const asked: string[] = []
    const metrics = {
      ...noMetrics,
      measure: async (_: Service, __: string, { to }: { readonly to: Instant }) => {
        asked.push(to === shippedAt ? 'hour before' : 'last week')
        return to === shippedAt ? before : weekBefore
      },
    }
    const found = await measureNormal(
      metrics,
      { service: aService({ signals }), signal: 'errorRate', windows, minRequests: 20 },
      new AbortController().signal,
    )
    return [found.kind, found.of, asked.join(', ')]
  }

  test.for<readonly [string, Measurement, Measurement, readonly (string | undefined)[]]>([
    [
      'the hour before, where it has data',
      value(900),
      value(900),
      ['value', 'hour-before', 'hour before'],
    ],
    [
      'last week, where the hour before has none',
      none,
      value(900),
      ['value', 'last-week', 'hour before, last week'],
    ],
    [
      'last week, where the hour before was too quiet',
      value(19),
      value(20),
      ['value', 'last-week', 'hour before, last week'],
    ],
    [
      'unknown, where both were too quiet',
      value(19),
      value(3),
      ['no_data', undefined, 'hour before, last week'],
    ],
    [
      'unknown, where nobody counted the requests',
      value(),
      value(),
      ['no_data', undefined, 'hour before, last week'],
    ],
    [
      'unknown, while the metrics do not answer',
      away,
      value(900),
      ['unavailable', undefined, 'hour before'],
    ],
  ])('is %s', async ([, before, weekBefore, expected]) => {
    expect(await measured(before, weekBefore)).toEqual(expected)
  })

  test('is taken as it stands where no throughput is configured', async () => {
    expect(await measured(value(), none, { errorRate: 'q' })).toEqual([
      'value',
      'hour-before',
      'hour before',
    ])
  })
})

test('a service without traffic before the deploy is compared with last week, and everybody reads so', async () => {
  const scene = await aScene(database, { signals: { errorRate: 'q', p95: 'q', throughput: 'q' } })
  const started = await scene.world.timeline.now()
  const quietBefore = async (_: Service, signal: string, { from, to }: Window) => {
    const isLastWeek = to < started - hours(100)
    const isBefore = to < started && to - from === hours(1)
    if (isBefore && !isLastWeek) return none
    const value = signal === 'p95' ? 0.2 : 0.001
    return { kind: 'value', value, requests: 20_000, query: 'q' } as const
  }
  const world = { ...scene.world, metrics: { ...noMetrics, measure: quietBefore } }
  const rollback = await propose({ ...scene, world })
  await rollback.flows.measureImpact(rollback.incident, new AbortController().signal)
  await rollback.approve()
  await rollback.advance()
  await database.moveClock(minutes(2))
  await rollback.advance()

  const incident = incidentState(await rollback.history())
  expect(incident?.figures.map(({ normalOf }) => normalOf)).toEqual([
    'last-week',
    'last-week',
    'last-week',
  ])
  expect(incident && figuresText(incident)).toContain(
    '5xx 0.1 % (normal 0.1 %, same hour last week)',
  )
  const { phase, checks } = await rollback.state()
  expect(phase).toBe('watching')
  expect(checks.map(({ text }) => text)).toContain(
    'P95 200 ms (normal 200 ms, same hour last week)',
  )
})
