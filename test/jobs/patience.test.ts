import { expect, test } from 'vitest'
import { patience, untilAnswered } from '#jobs/patience.ts'

/** When each try begins, in seconds after the first, where each fails at once. */
function tries({ tries: most, pauseMs }: typeof untilAnswered): readonly number[] {
  const at = [0]
  for (let failures = 1; failures < most; failures += 1)
    at.push((at.at(-1) ?? 0) + pauseMs(failures) / 1_000)
  return at
}

test('what failed is tried again soon, and then four times a minute', () => {
  const at = tries(patience(12))

  expect(at).toEqual([0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 30.75, 45.75, 60.75, 75.75, 90.75])
  expect(patience().tries).toBe(Number.POSITIVE_INFINITY)
  expect(patience().pauseMs(10_000)).toBe(15_000)
})

test('what somebody asked is tried so for five minutes, and answered until Slack’s address for answers is half an hour old', () => {
  const at = tries(untilAnswered)
  const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  const early = pauses.filter((_, index) => (at[index] ?? 0) <= 300)

  expect(Math.max(...early)).toBe(15)
  expect(at.some((time) => time > 300 && time < 315)).toBe(true)
  expect(Math.max(...pauses)).toBe(60)
  expect(at.at(-1)).toBeGreaterThan(1_800)
  expect(at.at(-1)).toBeLessThan(1_860)
})
