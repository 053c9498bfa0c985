import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeErrorRate, judgeP95, recoveryOf, type Seen } from '#domain/rollback/recovery.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import type { Check } from '#domain/rollback/verification.ts'

const limits = defaultRollbackPolicy.verify
const value = (share: number, requests: number | undefined = 10_000): Seen => ({
  kind: 'value',
  value: share,
  requests,
})
const blind: readonly Seen[] = [
  { kind: 'no_data' },
  { kind: 'not_configured' },
  { kind: 'unavailable', why: 'timeout' },
]
const check = (result: Check['result']): Check => ({ id: 'units', result, text: '' })

describe('the error rate', () => {
  test.each([
    ['as normal', value(0.001), value(0.001), 'passed'],
    ['20 % above normal', value(0.006), value(0.005), 'passed'],
    ['21 % above normal', value(0.00605), value(0.005), 'failed'],
    ['almost nothing above nothing', value(0.002), value(0), 'passed'],
    ['exactly one per cent', value(0.01), value(0.01), 'failed'],
    ['of too few requests', value(0, 19), value(0.001), 'unknown'],
    ['of just enough requests', value(0, 20), value(0.001), 'passed'],
    ['too high although of few requests', value(0.5, 3), value(0.001), 'failed'],
    ['with no normal', value(0.001), { kind: 'no_data' } as const, 'unknown'],
    ['not a number', value(Number.NaN), value(0.001), 'failed'],
  ])('%s', (_, now, normal, result) => {
    expect(judgeErrorRate(now, normal, limits).result).toBe(result)
  })
})

test.each(blind)('what is not seen ($kind) is unknown, never good', (seen) => {
  expect([
    judgeErrorRate(seen, value(0.001), limits).result,
    judgeP95(seen, value(0.2), limits).result,
    judgeErrorRate(value(0.001), seen, limits).result,
    judgeP95(value(0.2), seen, limits).result,
  ]).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
})

test('P95 may be 20 % above normal and no more', () => {
  expect([0.24, 0.2401].map((now) => judgeP95(value(now), value(0.2), limits).result)).toEqual([
    'passed',
    'failed',
  ])
})

describe('a look comes to', () => {
  test.each([
    [[], false, 'not_yet'],
    [[], true, 'unverified'],
    [['passed', 'passed'], false, 'recovered'],
    [['passed', 'unknown'], false, 'not_yet'],
    [['passed', 'unknown'], true, 'unverified'],
    [['passed', 'failed'], false, 'not_yet'],
    [['unknown', 'failed'], true, 'not_recovered'],
  ] as const)('%j, time over: %s → %s', (results, over, outcome) => {
    expect(recoveryOf(results.map(check), over)).toBe(outcome)
  })

  test('recovered only when every single check passed', () => {
    const results = fc.array(fc.constantFrom<Check['result']>('passed', 'failed', 'unknown'))
    fc.assert(
      fc.property(results, fc.boolean(), (seen, over) => {
        const recovered = recoveryOf(seen.map(check), over) === 'recovered'

        expect(recovered).toBe(seen.length > 0 && seen.every((result) => result === 'passed'))
      }),
    )
  })
})
