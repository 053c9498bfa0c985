import { expect, test } from 'vitest'
import { defaults, withLimits } from '#domain/assessment/limits.ts'
import { type Look, replay, type Trouble } from '#domain/assessment/replay.ts'
import { minutes } from '#domain/time.ts'
import { before, facts, measured } from './facts.ts'

const look = (ago: number, errors: number, more: Partial<Look> = {}): Look => {
  const {
    statements: _,
    fix: __,
    ...seen
  } = facts({
    readings: [measured('error-rate', { value: errors })],
  })
  const circumstances = { ...seen.circumstances, now: before(ago), onset: null, deployed: null }
  return {
    measured: { ...seen, circumstances },
    statements: [],
    then: null,
    isDenied: false,
    ...more,
  }
}
const trouble = (from: number, to: number): Trouble => ({
  incident: 'inc-1',
  from: before(from),
  to: before(to),
})

test('looks that come to the same are one stretch, in the order of time', () => {
  const { stretches } = replay(
    [look(5, 0.001), look(20, 0.001), look(15, 0.06), look(10, 0.06)],
    [],
    defaults,
  )

  expect(stretches.map(({ looks, verdict, isAlarm }) => [looks, verdict.advice, isAlarm])).toEqual([
    [1, 'watch', false],
    [2, 'roll_back', true],
    [1, 'watch', false],
  ])
  expect(stretches[1]).toMatchObject({
    from: before(15),
    to: before(10),
    rules: ['error-rate-critical'],
  })
})

test('an incident is found by the first alarm in it, and the delay runs from its honest start', () => {
  const { outcomes } = replay(
    [look(17, 0.001), look(12, 0.06), look(7, 0.06)],
    [trouble(19, 3)],
    defaults,
  )

  expect(outcomes).toEqual([
    { trouble: trouble(19, 3), looks: 3, found: { at: before(12), delay: minutes(7) } },
  ])
})

test('an incident in which nobody looked is not missed, one in which nothing fired is', () => {
  const { outcomes } = replay(
    [look(12, 0.001)],
    [trouble(19, 3), { ...trouble(60, 50), incident: 'inc-0' }],
    defaults,
  )

  expect(outcomes.map(({ looks, found }) => [looks, found])).toEqual([
    [1, null],
    [0, null],
  ])
})

test('an alarm outside of every incident is false, and so is one that somebody denied', () => {
  const { stretches } = replay(
    [look(30, 0.06), look(12, 0.06), look(11, 0.06, { isDenied: true })],
    [trouble(19, 3)],
    defaults,
  )

  expect(stretches.map(({ isFalse }) => isFalse)).toEqual([true, false, true])
})

test('another policy decides otherwise on the same looks', () => {
  const looks = [look(12, 0.04), look(7, 0.04)]
  const strict = withLimits(defaults, {
    errorRateMediumPercent: 5,
    errorRateHighPercent: 6,
    errorRateCriticalPercent: 7,
  })

  expect(replay(looks, [trouble(19, 3)], defaults).outcomes[0]?.found).not.toBeNull()
  expect(replay(looks, [trouble(19, 3)], strict).outcomes[0]?.found).toBeNull()
})
