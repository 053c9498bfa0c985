import { expect, test } from 'vitest'
import { defaultJudgePolicy as policy, judge, type JudgeInput } from '#domain/canary/index.ts'
import { bad, good, type Window, windowsOf } from './windows.ts'

const verdict = (windows: readonly Window[], more: JudgeInput = {}) =>
  judge({ windows, ...more }).verdict
const only = (input: JudgeInput) => judge(input).findings[0]

test.each([
  ['three bad windows', [bad, bad, bad], 'auto_rollback'],
  ['a good one and three bad ones', [good, bad, bad, bad], 'auto_rollback'],
  ['three bad ones and a good one', [bad, bad, bad, good], 'continue'],
  ['bad, bad, good, bad, bad', [bad, bad, good, bad, bad], 'continue'],
  ['three good windows', [good, good, good], 'continue'],
  ['two bad windows', [bad, bad], 'wait'],
  ['one good window', [good], 'wait'],
] as const)('%s: %s → %s', (_, errors, expected) => {
  expect(verdict(windowsOf(errors))).toBe(expected)
})

test.each([
  [1.49, 'continue'],
  [1.5, 'pause_and_ask'],
  [2, 'pause_and_ask'],
  [2.01, 'auto_rollback'],
] as const)('a sure ratio of %d means %s', (ratio, expected) => {
  const window = [600 * ratio, 5_400] as const

  expect(verdict(windowsOf([window, window, window], { canary: 60_000, baseline: 540_000 }))).toBe(
    expected,
  )
})

test('a ratio that chance explains goes on, and a better canary never alarms', () => {
  const few = { canary: 1_000, baseline: 9_000 }

  expect(
    verdict(
      windowsOf(
        [
          [3, 12],
          [3, 12],
          [3, 12],
        ],
        few,
      ),
    ),
  ).toBe('continue')
  expect(
    verdict(
      windowsOf([
        [0, 1_300],
        [1, 1_300],
        [0, 1_300],
      ]),
    ),
  ).toBe('continue')
})

test('few errors are weighed exactly: 5 of 1000 against 6 of 9000', () => {
  const few = { canary: 1_000, baseline: 9_000 }

  expect(
    verdict(
      windowsOf(
        [
          [5, 6],
          [5, 6],
          [5, 6],
        ],
        few,
      ),
    ),
  ).toBe('auto_rollback')
})

test('a gap breaks the row: the windows since it are counted', () => {
  const { findings, ...answer } = judge({
    windows: [...windowsOf([bad, bad]), ...windowsOf([bad], { from: 20 })],
  })

  expect(answer).toMatchObject({ verdict: 'wait', because: expect.stringContaining('gap') })
  expect(findings[0]?.moreMinutes).toBe(10)
})

test('windows that overlap are not three, and neither is one that is still open', () => {
  const sliding = [5, 6, 7].flatMap((from) => windowsOf([bad], { from }))
  const open = windowsOf([bad, bad, bad]).map((window, at) =>
    at === 2 ? { ...window, toMinutes: 17 } : window,
  )

  expect(verdict(sliding)).toBe('wait')
  expect(verdict(open)).toBe('wait')
})

test('windows may come in any order', () => {
  expect(verdict(windowsOf([good, bad, bad, bad]).toReversed())).toBe('auto_rollback')
})

test('what a cold canary did does not count', () => {
  expect(verdict(windowsOf([bad, bad, bad], { from: 0 }))).toBe('wait')
})

test('exactly a thousand requests on each arm are enough; one fewer waits and says how long', () => {
  const errors = [
    [30, 10],
    [30, 10],
    [30, 10],
  ] as const

  expect(verdict(windowsOf(errors, { canary: 1_000, baseline: 1_000 }))).toBe('auto_rollback')
  expect(only({ windows: windowsOf(errors, { canary: 999, baseline: 1_000 }) })).toMatchObject({
    verdict: 'wait',
    moreMinutes: 18,
    because: 'The canary served 999 requests in a window, 1000 are needed',
  })
})

test('without any traffic no time is promised', () => {
  expect(only({ windows: windowsOf([[0, 9]], { canary: 0 }) })).toMatchObject({
    verdict: 'wait',
    moreMinutes: null,
    wouldChange: 'Traffic on the canary',
  })
})

test.each([
  ['enough to roll back', [7, 6, 7], 'auto_rollback'],
  ['twenty at once', [20, 20, 20], 'auto_rollback'],
  ['enough to ask', [1, 2, 1], 'pause_and_ask'],
  ['nothing yet', [1, 0, 0], 'continue'],
] as const)('against a baseline without errors the evidence decides: %s', (_, errors, expected) => {
  const windows = windowsOf(errors.map((own) => [own, 0]))

  expect(only({ windows })).toMatchObject({ verdict: expected, measured: Infinity })
})

test('the same counts on both arms are one series read twice, never a good canary', () => {
  const same = { canary: 3_000, baseline: 3_000 }

  expect(
    verdict(
      windowsOf(
        [
          [9, 9],
          [7, 7],
          [8, 8],
        ],
        same,
      ),
    ),
  ).toBe('inconclusive')
  expect(
    verdict(
      windowsOf(
        [
          [9, 9],
          [7, 8],
          [8, 8],
        ],
        same,
      ),
    ),
  ).toBe('continue')
})

test.each([
  ['no number', { requests: 3_000, errors: Number.NaN }],
  ['no answer', { requests: null as unknown as number, errors: null as unknown as number }],
  ['nothing', null as unknown as Window['canary']],
  ['more errors than requests', { requests: 3_000, errors: 3_001 }],
  ['fewer than none', { requests: 3_000, errors: -1 }],
  ['endless', { requests: Infinity, errors: 3 }],
  ['more than there can be', { requests: 1e300, errors: 3 }],
])('a window with %s is inconclusive, on whichever arm', (_, counts) => {
  for (const arm of ['canary', 'baseline'] as const) {
    const windows = windowsOf([good, good, good]).map((window, at) =>
      at === 2 ? { ...window, [arm]: counts } : window,
    )

    expect(verdict(windows)).toBe('inconclusive')
  }
})

test('an unreadable window of long ago does not stand in the way', () => {
  const [first, ...rest] = windowsOf([good, bad, bad, bad])
  const unreadable = { ...first, canary: { requests: Number.NaN, errors: 0 } } as Window

  expect(verdict([unreadable, ...rest])).toBe('auto_rollback')
})

test('fractions of requests, as rates add up to them, are counted', () => {
  expect(
    verdict(
      windowsOf([
        [90.4, 270.2],
        [89.7, 269.5],
        [90.1, 270.9],
      ]),
    ),
  ).toBe('auto_rollback')
})

test('a minimum for busy services is data', () => {
  const windows = windowsOf([bad, bad, bad])

  expect(verdict(windows)).toBe('auto_rollback')
  expect(judge({ windows }, { ...policy, minRequests: 10_000 }).verdict).toBe('wait')
})
