import { expect, test } from 'vitest'
import { judge } from '#domain/canary/index.ts'
import { windowsOf } from './windows.ts'

const before = { requests: 270_000, errors: 1_350 }
const steady = windowsOf([
  [150, 1_350],
  [152, 1_345],
  [149, 1_355],
])
const high = { metric: 'errorRate', stepSeconds: 60, values: [0.06, 0.06, 0.06, 0.06, 0.06] }

test('when the baseline suffers as much, something outside is at fault', () => {
  expect(judge({ windows: steady, baselineBefore: before })).toMatchObject({
    verdict: 'external_factor',
    delaySeconds: 0,
    because:
      'The baseline fails 5 % of its requests, 0.5 % before the deploy, and the canary is not worse than it',
  })
})

test('one window is enough to see it', () => {
  expect(judge({ windows: steady.slice(0, 1), baselineBefore: before }).verdict).toBe(
    'external_factor',
  )
})

test('a baseline that fails more than one request in twenty is degraded without a past', () => {
  const windows = windowsOf([
    [170, 1_500],
    [168, 1_500],
    [172, 1_500],
  ])

  expect(judge({ windows }).verdict).toBe('external_factor')
  expect(
    judge({
      windows: windowsOf([
        [140, 1_300],
        [140, 1_300],
        [140, 1_300],
      ]),
    }).verdict,
  ).toBe('continue')
})

test('a baseline that has not doubled, or only by chance, is no excuse', () => {
  const almost = windowsOf([
    [28, 269],
    [29, 269],
    [28, 269],
  ])
  const chance = windowsOf([
    [0, 1],
    [0, 1],
    [0, 0],
  ])

  expect(judge({ windows: almost, baselineBefore: before }).verdict).toBe('continue')
  expect(judge({ windows: chance, baselineBefore: { requests: 270_000, errors: 1 } }).verdict).toBe(
    'continue',
  )
})

test('a canary that is worse than a suffering baseline is still to blame', () => {
  const windows = windowsOf([
    [450, 1_350],
    [452, 1_345],
    [449, 1_355],
  ])

  expect(judge({ windows, baselineBefore: before }).verdict).toBe('auto_rollback')
})

test('what would roll back by itself asks a person while something outside is at fault', () => {
  const answer = judge({
    windows: steady,
    baselineBefore: before,
    absolute: [high],
    score: [{ name: 'errors', weight: 100, fired: true }],
  })

  expect(answer).toMatchObject({ verdict: 'pause_and_ask', delaySeconds: 0 })
  expect(answer.findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([
    ['canary-ratio', 'continue'],
    ['external-factor', 'external_factor'],
    ['error-rate', 'pause_and_ask'],
    ['score', 'pause_and_ask'],
  ])
})

test('counts that are read twice excuse nobody', () => {
  const windows = windowsOf(
    [
      [1_350, 1_350],
      [1_350, 1_350],
      [1_350, 1_350],
    ],
    { canary: 27_000 },
  )

  expect(judge({ windows, baselineBefore: before }).verdict).toBe('inconclusive')
})
