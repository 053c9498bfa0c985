import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Assessment, assess, type Facts } from '#domain/assessment/assess.ts'
import { defaultAssessmentPolicy } from '#domain/assessment/policy.ts'
import { signals } from '#domain/assessment/reading.ts'
import { defaultBands } from '#domain/incident/bands.ts'
import { severities } from '#domain/incident/severity.ts'
import { minutes, seconds } from '#domain/time.ts'
import {
  before,
  facts,
  longAgo,
  losing,
  measured,
  now,
  reading,
  says,
  sickSince,
  silent,
  simpleFix,
} from './facts.ts'

const policy = { ...defaultAssessmentPolicy, bands: defaultBands }
const given = (own: Partial<Facts>): Assessment => assess(facts(own), policy)
const errors = (value: number, normal: number | null = 0.001) =>
  measured('error-rate', { value, normal })
const p95 = (value: number, normal: number | null = 0.2) => measured('p95', { value, normal })
const broken = [errors(0.062), p95(0.64)]

describe('how bad it is', () => {
  test.each([
    [0.0501, 'error-rate-critical', 'critical', 2],
    [0.05, 'error-rate-high', 'high', 5],
    [0.0201, 'error-rate-high', 'high', 5],
    [0.02, 'error-rate-medium', 'medium', 5],
    [0.0101, 'error-rate-medium', 'medium', 5],
  ])('5xx of %d is %s', (value, rule, severity, decideIn) => {
    const answer = given({ readings: [errors(value, null)] })

    expect(answer.findings[0]).toMatchObject({ rule, state: 'fired' })
    expect(answer).toMatchObject({ severity, decideWithin: minutes(decideIn) })
  })

  test.each([
    [0.4, null],
    [0.401, 'high'],
    [0.6, 'high'],
    [0.601, 'critical'],
  ])('a P95 of %d s where 0.2 s is normal is %s', (value, severity) => {
    const [finding] = given({ readings: [p95(value)] }).findings

    expect(finding?.severity).toBe(severity)
  })

  test.each([
    [0.9991, null],
    [0.999, null],
    [0.9989, 'medium'],
    [0.99, 'medium'],
    [0.9899, 'critical'],
  ])('%d of good health checks is %s', (value, severity) => {
    const [finding] = given({ readings: [measured('availability', { value })] }).findings

    expect(finding?.severity).toBe(severity)
  })

  test.each([
    [0.1001, 'critical'],
    [0.1, 'high'],
    [0.0501, 'high'],
    [0.05, 'medium'],
    [0.0101, 'medium'],
    [0.01, 'low'],
  ])('a loss of %d of revenue is %s', (share, severity) => {
    const { findings } = given({ statements: [losing(share)] })

    expect(findings[0]).toMatchObject({ rule: 'stated-revenue', severity })
  })

  test('nothing ready is critical; a tenth not ready is a sign', () => {
    const down = given({ readings: [measured('not-ready', { value: 1 })] })
    const some = given({ readings: [measured('not-ready', { value: 0.11 })] })

    expect(down).toMatchObject({
      severity: 'critical',
      because: 'no instance is ready: nothing serves',
    })
    expect(some.findings[0]).toMatchObject({ rule: 'readiness', state: 'sign', severity: null })
  })

  test('errors well above normal are medium below 1 %, and high for a service of the critical tier', () => {
    const twice = [errors(0.0042)]
    const slightly = [errors(0.0049, 0.003)]

    expect(given({ readings: twice })).toMatchObject({ severity: 'medium' })
    expect(given({ readings: slightly }).severity).toBe('low')
    expect(given({ readings: slightly, tier: 'critical' })).toMatchObject({ severity: 'high' })
  })

  test('chance is never accused: three errors more of a hundred requests say nothing', () => {
    const few = measured('error-rate', { value: 0.04, normal: 0.01, requests: 25 })

    const { findings } = given({ readings: [few] })

    expect(findings.find(({ rule }) => rule === 'error-rate-against-normal')).toMatchObject({
      state: 'quiet',
      because: '5xx 4 % against 1 % as usual: more, but chance may explain it',
    })
  })

  test('the worst of all decides, whoever says it', () => {
    const answer = given({ readings: [errors(0.015)], statements: [says('data-loss')] })

    expect(answer).toMatchObject({
      severity: 'critical',
      because: 'data is lost, damaged or at risk',
      decideWithin: minutes(2),
    })
  })

  test('a security breach has a minute', () => {
    expect(given({ statements: [says('security-breach')] }).decideWithin).toBe(minutes(1))
  })
})

describe('what to do', () => {
  test('critical since the deploy: back, at once, with everything behind it', () => {
    const answer = given({ readings: [...broken, measured('memory', { value: 0.71 })] })

    expect(answer).toMatchObject({
      advice: 'roll_back',
      severity: 'critical',
      strategy: 'immediate',
      because: '5xx 6.2 % of 20000 requests is above 5 %',
      origin: { kind: 'deploy', because: 'it began 2 min after v2.3.0 went out at 14:21 UTC' },
      choice: { rule: 'stop-the-bleeding' },
      confidence: { level: 'confident', answered: 3, asked: 3 },
    })
    expect(answer.wouldChange).toEqual([
      '5xx of 5 % or less',
      'The same trouble in the version before, or in what it depends on',
    ])
  })

  test('only the canary suffers: only its traffic is taken away', () => {
    const answer = given({ readings: [errors(0.03)], isolatedToCanary: true })

    expect(answer).toMatchObject({ advice: 'roll_back_canary', strategy: 'immediate' })
  })

  test('no way back: forward, however bad, and it says why', () => {
    const wayBack = { kind: 'closed', why: ['v2.2.1 cannot read today’s schema'] } as const

    expect(given({ readings: broken, wayBack })).toMatchObject({
      advice: 'fix_forward',
      choice: {
        rule: 'no-way-back',
        because: 'there is no way back: v2.2.1 cannot read today’s schema',
      },
    })
  })

  test.each([
    [
      'a grave fault is not waited out for a simple fix',
      0.03,
      simpleFix(5),
      'roll_back',
      'stop-the-bleeding',
    ],
    ['a simple fix of ten minutes', 0.015, simpleFix(10), 'fix_forward', 'simple-fix'],
    ['a simple fix of eleven', 0.015, simpleFix(11), 'roll_back', 'back-then-fix'],
    [
      'half an hour while little fails',
      0.0049,
      simpleFix(30),
      'fix_forward',
      'mild-and-soon-fixed',
    ],
    ['longer', 0.0049, simpleFix(31), 'roll_back', 'back-then-fix'],
    ['nobody knows the cause', 0.015, null, 'roll_back', 'back-then-fix'],
  ] as const)('%s', (_, share, fix, advice, rule) => {
    expect(given({ readings: [errors(share, 0.0005)], fix })).toMatchObject({
      advice,
      choice: { rule },
    })
  })

  test.each([
    [
      'before the deploy',
      { onset: before(20) },
      'it began at 14:10 UTC, 11 min before v2.3.0 went out',
    ],
    [
      'with what it depends on',
      { dependencies: [sickSince('payments-db', 8)] },
      'payments-db, which it depends on, is sick as well',
    ],
    ['in both versions', { baselineSuffers: true }, 'the version before suffers just as much'],
  ])('what began %s is no reason to go back', (_, own, because) => {
    const circumstances = { ...facts().circumstances, ...own }

    const answer = given({ readings: broken, circumstances })

    expect(answer).toMatchObject({ advice: 'look_elsewhere', severity: 'critical' })
    expect(answer.because).toBe(`5xx 6.2 % of 20000 requests is above 5 %; but ${because}`)
  })

  test('a dependency that fell ill later is the victim, not the cause', () => {
    const circumstances = { ...facts().circumstances, dependencies: [sickSince('payments-db', 6)] }

    expect(given({ readings: broken, circumstances }).advice).toBe('roll_back')
  })

  test('a dependency that was as sick an hour ago explains nothing that began since, and leaves nobody sure', () => {
    const always = { ...sickSince('payments-db', 60), asAlways: true } as const
    const circumstances = { ...facts().circumstances, dependencies: [always] }
    const unseen = { ...circumstances, onset: before(60), onsetOrEarlier: true }

    const answer = given({ readings: broken, circumstances })

    expect(answer).toMatchObject({ advice: 'roll_back', origin: { kind: 'unknown' } })
    expect(answer.origin.because).toMatch(/^payments-db, .* was as sick before it began/)
    expect(given({ readings: broken, circumstances: unseen }).advice).toBe('look_elsewhere')
  })

  test('what only people can know is not argued away by the clock of the figures', () => {
    const circumstances = { ...facts().circumstances, onset: before(20) }

    expect(given({ statements: [says('security-breach')], circumstances }).advice).toBe('roll_back')
  })

  test('a version that has run for days is hardly to blame, and nobody is confident', () => {
    const deployed = { version: 'v2.3.0', at: longAgo, orEarlier: false }
    const circumstances = { ...facts().circumstances, deployed, onset: null }

    expect(given({ readings: broken, circumstances })).toMatchObject({
      advice: 'roll_back',
      origin: { kind: 'unknown', because: 'v2.3.0 has run for 3 days: it is hardly the deploy' },
      confidence: { level: 'likely' },
    })
  })

  test('what was well for days and fails since a few minutes is not cured by an older version', () => {
    const deployed = { version: 'v2.3.0', at: longAgo, orEarlier: false }
    const circumstances = { ...facts().circumstances, deployed }
    const at = given({ readings: broken, circumstances })

    expect(at).toMatchObject({ advice: 'look_elsewhere', severity: 'critical', choice: null })
    expect(at.because).toMatch(/it began at 14:23 UTC, when v2.3.0 had run for 2 days/)
  })

  test('what was bad already when the oldest figure was taken may be as old as the deploy', () => {
    const deployed = { version: 'v2.3.0', at: longAgo, orEarlier: false }
    const circumstances = { ...facts().circumstances, deployed, onsetOrEarlier: true }

    expect(given({ readings: broken, circumstances })).toMatchObject({
      advice: 'roll_back',
      origin: { kind: 'unknown' },
    })
  })

  test('while a canary serves of which nobody knows, nobody is sure that it is the deploy', () => {
    const circumstances = { ...facts().circumstances, undecidedCanary: { since: before(4) } }
    const answer = given({ readings: broken, circumstances })

    expect(answer.origin).toEqual({
      kind: 'unknown',
      because:
        'a canary serves beside it since 14:26 UTC, and which of the two suffers cannot be told yet',
    })
    expect(answer.confidence.level).not.toBe('confident')
  })

  test('nothing wrong: watch, and what to watch for', () => {
    expect(given({ readings: [errors(0.0011), p95(0.21)] })).toMatchObject({
      advice: 'watch',
      severity: 'low',
      confidence: { level: 'confident' },
      decideWithin: null,
      wouldChange: ['5xx above 1 %', '5xx above 0.2 %'],
    })
  })
})

describe('what is not known', () => {
  test.each([undefined, 'no answer within 2 s', 'the answer is not a number (NaN)'])(
    'errors that are not known (%s) make it inconclusive, whatever else is well',
    (why) => {
      const answer = given({ readings: [silent('error-rate', why), p95(0.2)] })

      expect(answer).toMatchObject({ advice: 'inconclusive', severity: null, strategy: null })
      expect(answer.confidence.level).toBe('unsure')
      expect(answer.because).toBe(why ? `5xx: Prometheus – ${why}` : '5xx: Prometheus has no data')
    },
  )

  test('a version that has not run long enough to be counted is said to, and not that there is no data', () => {
    const soon = reading('error-rate', { kind: 'too_soon', ran: seconds(30) })
    const { advice, because, wouldChange } = given({ readings: [soon] })

    expect({ advice, because }).toEqual({
      advice: 'inconclusive',
      because: '5xx: Prometheus has counted nothing yet in the 30 s since this version began',
    })
    expect(wouldChange).toEqual(['A few minutes more of this version'])
  })

  test('no signal at all is inconclusive', () => {
    expect(given({})).toMatchObject({ advice: 'inconclusive', because: 'no signal is configured' })
  })

  test('a trifle is one only where the figures agree', () => {
    const statements = [says('cosmetic')]

    expect(given({ statements }).advice).toBe('inconclusive')
    expect(given({ statements, readings: [errors(0.001)] }).advice).toBe('watch')
  })

  const share = fc.double({ min: 0, max: 1, noNaN: true })
  const anyReading = fc.oneof(
    fc
      .record({ signal: fc.constantFrom(...signals), value: share, requests: fc.nat(100_000) })
      .map(({ signal, ...own }) => measured(signal, { ...own, normal: 0.01 })),
    fc
      .tuple(fc.constantFrom(...signals), fc.constantFrom(undefined, 'no answer within 2 s'))
      .map(([signal, why]) => silent(signal, why)),
  )

  test('nothing is called well unless errors were seen to be few', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 8 }), (readings) => {
        const others = readings.filter(({ signal }) => signal !== 'error-rate')
        expect(given({ readings: [silent('error-rate'), ...others] }).advice).not.toBe('watch')
        expect(given({ readings: others }).advice).not.toBe('watch')
      }),
    )
  })

  test('more errors never make it milder, nor a further statement', () => {
    fc.assert(
      fc.property(share, share, (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        const rank = (own: Partial<Facts>) => severities.indexOf(given(own).severity ?? 'low')
        expect(rank({ readings: [errors(more)] })).toBeGreaterThanOrEqual(
          rank({ readings: [errors(less)] }),
        )
        const statements = [says('some-users')]
        expect(rank({ readings: [errors(less)], statements })).toBeGreaterThanOrEqual(
          rank({ readings: [errors(less)] }),
        )
      }),
    )
  })

  test('the same facts give the same answer, in whatever order they come', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyReading, { maxLength: 6, selector: ({ signal }) => signal }),
        (readings) => {
          const { advice, severity, strategy } = given({ readings })
          expect(given({ readings: readings.toReversed() })).toMatchObject({
            advice,
            severity,
            strategy,
          })
        },
      ),
    )
  })

  test('every finding can be asked again', () => {
    const { findings } = given({ readings: broken })

    for (const finding of findings)
      expect(finding).toMatchObject({
        source: 'Prometheus',
        query: expect.stringContaining('$window'),
        window: { from: before(5), to: now },
      })
  })
})

test('calm of nobody knows how many requests is not quite sure', () => {
  const level = (requests: number | null) =>
    assess(facts({ readings: [measured('error-rate', { value: 0.001, requests })] }), policy)
      .confidence.level

  expect([level(20_000), level(null)]).toEqual(['confident', 'likely'])
})
