import { describe, expect, test } from 'vitest'
import { assess } from '#domain/assessment/assess.ts'
import { instanceReadings, othersFail } from '#domain/assessment/instances.ts'
import type { Instance, InstancesSeen, Told, Warned } from '#domain/assessment/instance.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { before, facts, now } from './facts.ts'

const policy = { ...defaultAssessmentPolicy, bands: defaultBands }
const limits = policy.instances
const look = { source: 'prod/production deployment checkout', now, limits }

const anInstance = (own: Partial<Instance> = {}): Instance => ({
  name: 'checkout-1',
  isNew: true,
  startedAt: before(60),
  unreadySince: null,
  why: null,
  containers: [{ name: 'app', restarts: 0, ended: null }],
  ...own,
})
const ended = (minutesAgo: number, restarts: number, reason = 'Error') => [
  { name: 'app', restarts, ended: { at: before(minutesAgo), reason } },
]
const warned = (own: Partial<Warned> = {}): Warned => ({
  about: 'checkout-1',
  reason: 'Unhealthy',
  message: 'Readiness probe failed: statuscode: 503',
  at: before(1),
  since: before(4),
  times: 3,
  ...own,
})
const told = <What>(what: What): Told<What> => ({ kind: 'told', asked: '/pods', what })
const seen = (all: readonly Instance[], warnings: readonly Warned[] = []): InstancesSeen => ({
  instances: told({ wanted: 4, all }),
  warnings: told(warnings),
  written: [],
})
const calm = [1, 2, 3, 4].map((n) => anInstance({ name: `checkout-${n}` }))
const withOne = (own: Partial<Instance>) => [anInstance(own), ...calm.slice(1)]
const valueOf = (what: InstancesSeen, signal: string) => {
  const answer = instanceReadings(what, look).find((one) => one.signal === signal)?.answer
  return answer?.kind === 'value' ? answer : undefined
}
const judged = (what: InstancesSeen) =>
  assess(facts({ readings: instanceReadings(what, look) }), policy)

describe('what a platform shows of its instances', () => {
  test('has what every reading has: a value, a window, how many stand behind it, and what was asked', () => {
    const [ready, , restarts] = instanceReadings(seen(calm), look)

    expect(ready).toMatchObject({ signal: 'not-ready', query: '/pods', from: now, to: now })
    expect(restarts).toMatchObject({
      signal: 'restarts',
      from: before(10),
      to: now,
      answer: { kind: 'value', value: 0, instances: 4 },
    })
  })

  test.each([
    ['of an instance that began within the time, all', 5, ended(1, 6), 6],
    ['of an older one, the last', 60, ended(1, 6), 1],
    ['none that was earlier', 60, ended(11, 6), 0],
    ['one on the edge of the time', 60, ended(10, 6), 1],
  ])('counts restarts: %s', (_, began, containers, value) => {
    const all = withOne({ startedAt: before(began), containers })

    expect(valueOf(seen(all), 'restarts')).toMatchObject({ value })
  })

  test('tells what was killed for want of memory from what failed', () => {
    const killed = seen(withOne({ containers: ended(2, 3, 'OOMKilled') }))
    const failed = seen(withOne({ containers: ended(2, 3) }))

    expect(valueOf(killed, 'oom-kills')).toMatchObject({ value: 1, detail: 'checkout-1' })
    expect(valueOf(failed, 'oom-kills')).toMatchObject({ value: 0 })
  })

  test('counts probes that failed by kind, but not those of an instance that starts', () => {
    const both = [warned(), warned({ message: 'Liveness probe failed: timeout', times: 1 })]

    expect(valueOf(seen(calm, both), 'probe-failures')).toMatchObject({
      value: 4,
      detail: 'liveness, readiness',
    })
    const young = withOne({ startedAt: before(2) })
    expect(valueOf(seen(young, both), 'probe-failures')).toMatchObject({ value: 0 })
  })

  test('of words that were first said earlier, counts the last time', () => {
    const old = warned({ since: before(50), times: 400 })

    expect(valueOf(seen(calm, [old]), 'probe-failures')).toMatchObject({ value: 1 })
  })

  test('groups other warnings by their reason, also about what the instances belong to', () => {
    const warnings = [
      warned({ reason: 'BackOff' }),
      warned({ reason: 'BackOff', about: 'checkout-2' }),
      warned({ reason: 'FailedCreate', about: 'checkout' }),
      warned({ reason: 'FailedMount', at: before(11) }),
    ]

    expect(valueOf(seen(calm, warnings), 'warnings')).toMatchObject({
      value: 3,
      detail: 'BackOff ×2, FailedCreate',
    })
  })
})

describe('what it comes to without any metrics', () => {
  const failing = {
    unreadySince: before(6),
    startedAt: before(8),
    why: 'CrashLoopBackOff – back-off',
  }

  test('an instance that is not ready long after its start is high, and rolled back', () => {
    const answer = judged(seen(withOne(failing)))

    expect(answer).toMatchObject({ advice: 'roll_back', severity: 'high' })
    expect(answer.because).toBe(
      '25 % of the instances have not been ready for 5 min after their start (CrashLoopBackOff), more than 10 %',
    )
    expect(answer.findings[0]).toMatchObject({
      rule: 'readiness-sustained',
      measured: 0.25,
      threshold: 0.1,
      samples: 4,
      sampled: 'instances',
      query: '/pods',
    })
  })

  test.each([
    ['a moment too young', { ...failing, startedAt: before(6.99) }],
    ['not ready for a moment too short', { ...failing, unreadySince: before(4.99) }],
  ])('%s, nobody can say', (_, own) => {
    const answer = judged(seen(withOne(own)))

    expect(answer.advice).toBe('inconclusive')
    expect(answer.findings.find(({ rule }) => rule === 'readiness-sustained')).toMatchObject({
      state: 'unknown',
      because: '1 instance may still be starting: too early to say',
    })
  })

  test('nothing ready is critical, however young', () => {
    const all = calm.map((one) => ({ ...one, unreadySince: before(1), startedAt: before(1) }))

    expect(judged(seen(all))).toMatchObject({ advice: 'roll_back', severity: 'critical' })
  })

  test('all calm is not good: nobody counted errors', () => {
    expect(judged(seen(calm))).toMatchObject({
      advice: 'inconclusive',
      because: 'errors are not measured',
    })
  })

  test('restarts and kills are named and decide nothing alone', () => {
    const answer = judged(seen(withOne({ containers: ended(2, 3, 'OOMKilled') })))

    expect(answer).toMatchObject({
      advice: 'inconclusive',
      severity: null,
      because:
        'errors are not measured; 1 container restart in 10 min (in 1 instance, OOMKilled); 1 instance killed for want of memory in 10 min (checkout-1)',
    })
  })

  test('a platform that is away, slow or forbids it is unknown, and never calm', () => {
    const away = { kind: 'unavailable', asked: '/pods', why: 'no answer within 2.2 s' } as const
    const { advice, findings } = judged({ instances: away, warnings: away, written: [] })

    expect(advice).toBe('inconclusive')
    expect(new Set(findings.map(({ state }) => state))).toEqual(new Set(['unknown']))
    expect(findings[0]?.because).toContain('no answer within 2.2 s')
  })

  test('where no instance is wanted there is no data, and nothing is well', () => {
    const none = { ...seen([]), instances: told({ wanted: 0, all: [] }) }

    expect(instanceReadings(none, look).map(({ answer }) => answer.kind)).toEqual(
      Array(6).fill('no_data'),
    )
  })

  test('one that may not be asked for warnings still tells of its instances', () => {
    const refused = {
      kind: 'unavailable',
      asked: '/events',
      why: 'not allowed to list events',
    } as const
    const { findings } = judged({ ...seen(calm), warnings: refused })

    expect(findings.filter(({ state }) => state === 'unknown').map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['probe-failures', 'warnings']),
    )
    expect(findings.find(({ rule }) => rule === 'readiness')).toMatchObject({ state: 'quiet' })
  })
})

describe('the version beside it', () => {
  const old = { isNew: false, startedAt: before(300) }
  const asked = { now, limits, share: policy.saturation.notReady }

  test('failing as well, it is not the deploy; well, it is no witness against that', () => {
    const sick = seen(withOne({ ...old, unreadySince: before(6) }))
    const well = seen(withOne(old))

    expect(othersFail(sick, asked)).toBe(true)
    expect(othersFail(well, asked)).toBe(false)
    expect(othersFail(seen(calm), asked)).toBeNull()
  })
})
