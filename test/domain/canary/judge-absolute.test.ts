import { expect, test } from 'vitest'
import { judge, smallScore, defaultJudgePolicy } from '#domain/canary/index.ts'

const times = (count: number, value: number) => Array.from({ length: count }, () => value)
const one = (metric: string, stepSeconds: number, values: readonly number[], requests?: number) =>
  judge({
    absolute: [{ metric, stepSeconds, values, ...(requests === undefined ? {} : { requests }) }],
  })

test.each([
  ['errorRate', 60, 5, 0.051, 0.05, 0, 'error-rate'],
  ['p95Seconds', 60, 10, 2.1, 2, 0, 'latency-p95'],
  ['healthFailures', 30, 6, 0.51, 0.5, 0, 'health-checks'],
  ['memory', 60, 5, 0.91, 0.9, 30, 'memory'],
  ['cpu', 60, 10, 0.96, 0.95, 60, 'cpu'],
  ['canaryErrorRate', 30, 4, 0.051, 0.05, 0, 'canary-error-rate'],
  ['readinessFailures', 60, 5, 0.11, 0.1, 0, 'readiness'],
])(
  '%s every %d s: %d readings of %d roll back, of %d do not',
  (metric, step, needed, above, at, delaySeconds, rule) => {
    const fired = one(metric, step, times(needed, above))

    expect(fired).toMatchObject({ verdict: 'auto_rollback', delaySeconds })
    expect(fired.findings[0]).toMatchObject({
      rule,
      measured: above,
      threshold: at,
      samples: needed,
    })
    expect(one(metric, step, times(needed, at)).verdict).toBe('continue')
    expect(one(metric, step, times(needed - 1, above)).verdict).toBe('continue')
  },
)

test('one reading that keeps the bound starts the count again, whenever it comes', () => {
  const reset = [0.06, 0.06, 0.06, 0.05, 0.06, 0.06, 0.06, 0.06]

  expect(one('errorRate', 60, reset).verdict).toBe('continue')
  expect(one('errorRate', 60, [...reset, 0.06]).verdict).toBe('auto_rollback')
  expect(one('errorRate', 60, [...times(9, 0.06), 0.01]).verdict).toBe('continue')
})

test('readings farther apart than the time itself must still cover it', () => {
  expect(one('healthFailures', 120, [0.6]).verdict).toBe('continue')
  expect(one('healthFailures', 120, [0.6, 0.6]).verdict).toBe('auto_rollback')
})

test('a missing reading proves nothing either way, unless the answer is clear without it', () => {
  expect(one('errorRate', 60, [0.06, 0.06, Number.NaN, 0.06, 0.06]).verdict).toBe('inconclusive')
  expect(one('errorRate', 60, [0.01, 0.01, Number.NaN]).verdict).toBe('inconclusive')
  expect(one('errorRate', 60, [Number.NaN, 0.01, 0.06]).verdict).toBe('continue')
  expect(one('errorRate', 60, [Number.NaN, ...times(5, 0.06)]).verdict).toBe('auto_rollback')
  expect(one('errorRate', 60, [0.06, null as unknown as number]).verdict).toBe('inconclusive')
  expect(one('errorRate', 60, times(5, Infinity)).verdict).toBe('inconclusive')
})

test('no reading, no distance, or no rule is inconclusive, and says which', () => {
  expect(one('errorRate', 60, []).because).toBe('No reading of errorRate')
  expect(one('errorRate', 0, [0.9]).verdict).toBe('inconclusive')
  expect(one('errorRate', Number.NaN, [0.9]).verdict).toBe('inconclusive')
  expect(one('moonPhase', 60, [1]).because).toBe('No rule reads moonPhase')
  expect(one('toString', 60, [1]).verdict).toBe('inconclusive')
})

test('the canary’s own error rate needs a thousand requests behind it', () => {
  expect(one('canaryErrorRate', 60, [0.2, 0.2], 999).verdict).toBe('wait')
  expect(one('canaryErrorRate', 60, [0.2, 0.2], 1_000).verdict).toBe('auto_rollback')
})

test.each([
  ['checkoutCompletion', 0.95, 'continue'],
  ['checkoutCompletion', 0.948, 'pause_and_ask'],
  ['checkoutCompletion', 0.945, 'pause_and_ask'],
  ['checkoutCompletion', 0.944, 'auto_rollback'],
  ['paymentSuccess', 0.995, 'continue'],
  ['paymentSuccess', 0.993, 'pause_and_ask'],
  ['paymentSuccess', 0.98, 'auto_rollback'],
])('%s at %d: %s', (metric, value, expected) => {
  expect(one(metric, 60, [value]).verdict).toBe(expected)
})

test('the trigger that waits least decides how long there is to cancel', () => {
  const cpu = { metric: 'cpu', stepSeconds: 60, values: times(10, 0.99) }
  const memory = { metric: 'memory', stepSeconds: 60, values: times(5, 0.99) }
  const errors = { metric: 'errorRate', stepSeconds: 60, values: times(5, 0.2) }

  expect(judge({ absolute: [cpu, memory] }).delaySeconds).toBe(30)
  expect(judge({ absolute: [cpu, memory, errors] }).delaySeconds).toBe(0)
})

test.each([
  [100, 'auto_rollback'],
  [99, 'pause_and_ask'],
  [50, 'pause_and_ask'],
  [49, 'continue'],
  [0, 'continue'],
])('signals that weigh %d: %s', (weight, expected) => {
  expect(judge({ score: [{ name: 'all', weight, fired: true }] }).verdict).toBe(expected)
})

test('the small scale is data', () => {
  const policy = { ...defaultJudgePolicy, score: smallScore }
  const score = (weight: number) => judge({ score: [{ name: 'all', weight, fired: true }] }, policy)

  expect([15, 14, 10, 9].map((weight) => score(weight).verdict)).toEqual([
    'auto_rollback',
    'pause_and_ask',
    'pause_and_ask',
    'continue',
  ])
})

test('a signal that could not be read never helps to a good answer', () => {
  const errors = { name: 'errors', weight: 60, fired: false }

  expect(judge({ score: [{ ...errors, fired: null }] }).verdict).toBe('inconclusive')
  expect(judge({ score: [errors, { name: 'cpu', weight: 10, fired: null }] }).verdict).toBe(
    'continue',
  )
  expect(judge({ score: [] }).verdict).toBe('inconclusive')
  expect(() => judge({ score: [{ ...errors, weight: Number.NaN }] })).toThrow(RangeError)
})

test('a finding says for how long, how bad, and how long it still takes', () => {
  const [short] = one('errorRate', 60, [0.01, 0.07, 0.06]).findings
  const [long] = one('errorRate', 60, times(9, 0.06)).findings

  expect(short).toMatchObject({
    because: 'errorRate has been above 5 % for 2 min of 5 min; the last reading is 6 %',
    wouldChange: '3 min more above 5 %, without a reading that keeps it',
  })
  expect(long?.because).toBe('errorRate has been above 5 % for 5 min, never better than 6 %')
})

test('a score says what fired, what was not read, and what would have been enough', () => {
  const rows = [
    { name: 'errors', weight: 60, fired: true },
    { name: 'latency', weight: 40, fired: true },
    { name: 'cpu', weight: 20, fired: null },
  ]

  expect(judge({ score: rows }).findings).toEqual([
    {
      rule: 'score',
      verdict: 'auto_rollback',
      delaySeconds: 0,
      measured: 100,
      threshold: 100,
      samples: 2,
      because: 'The signals that fired weigh 100 (errors, latency); not read: cpu',
      wouldChange: '50 pauses, 100 rolls back',
    },
  ])
  expect(judge({ score: rows.slice(2) }).because).toBe(
    'The signals that fired weigh 0 (none); not read: cpu',
  )
})
