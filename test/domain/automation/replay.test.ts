import { expect, test } from 'vitest'
import { defaults } from '#domain/assessment/limits.ts'
import { profiles } from '#domain/assessment/profiles.ts'
import type { Signal } from '#domain/assessment/reading.ts'
import { type MeasuredTime, replayAutomation } from '#domain/automation/replay.ts'
import type { Trigger } from '#domain/automation/triggers.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { minutes } from '#domain/time.ts'
import { before, facts, measured } from '../assessment/facts.ts'

type Figures = Readonly<Partial<Record<Signal, readonly number[]>>>
const named: Readonly<Partial<Record<Signal, keyof SignalQueries>>> = {
  'error-rate': 'errorRate',
  cpu: 'cpu',
  p99: 'p99',
}

/** A look every five minutes, the last one now. */
function past(figures: Figures, requests = 20_000): MeasuredTime {
  const all = Object.entries(figures) as readonly (readonly [Signal, readonly number[]])[]
  const length = Math.max(...all.map(([, values]) => values.length))
  const looks = Array.from({ length }, (_, index) => {
    const readings = all.map(([signal, values]) =>
      measured(signal, { value: values[index] ?? 0, normal: values[0] ?? null, requests }),
    )
    const { statements: _no, fix: _none, ...seen } = facts({ readings })
    const circumstances = { ...seen.circumstances, now: before((length - 1 - index) * 5) }
    return { measured: { ...seen, circumstances }, statements: [], then: null, isDenied: false }
  })
  const series = all.flatMap(([signal, values]) => {
    const query = named[signal]
    return query ? [[query, { source: 'Prometheus', query, values }] as const] : []
  })
  return { looks, series: new Map(series), every: minutes(5) }
}
const by = (...triggers: readonly Trigger[]) => ({ triggers })
const inside = { incident: 'inc-1', from: before(60), to: before(0) }
const told = (acted: ReturnType<typeof replayAutomation>) =>
  acted.map(({ from, to, effect, fired, isFalse }) => ({
    from,
    to,
    effect,
    by: fired.rule,
    isFalse,
  }))

test('looks that would have done the same are one, and what is outside of every incident is false', () => {
  const errors = past({ 'error-rate': [0.001, 0.08, 0.07, 0.001, 0.06] })
  const trouble = { incident: 'inc-1', from: before(16), to: before(9) }

  expect(told(replayAutomation(errors, [trouble], by('error-rate'), defaults))).toEqual([
    { from: before(15), to: before(10), effect: 'countdown', by: 'error-rate', isFalse: false },
    { from: before(0), to: before(0), effect: 'countdown', by: 'error-rate', isFalse: true },
  ])
})

test('figures of a few requests would have asked people, and are no false alarm', () => {
  const errors = past({ 'error-rate': [0.001, 0.2] }, 5)

  expect(replayAutomation(errors, [], by('error-rate'), defaults)).toMatchObject([
    { effect: 'ask', why: 'it is of 5 requests only; fewer than 20 prove nothing', isFalse: false },
  ])
})

test('a sign asks until something suffers as well', () => {
  const both = past({ cpu: [0.4, 0.85, 0.85], 'error-rate': [0.001, 0.001, 0.03] })

  expect(told(replayAutomation(both, [inside], by('saturation'), defaults))).toMatchObject([
    { from: before(5), effect: 'ask' },
    { from: before(0), effect: 'countdown' },
  ])
})

test('a score acts once it has lasted for three windows', () => {
  const weighed = past({ 'error-rate': [0.001, 0.08, 0.08, 0.08], p99: [0.2, 0.9, 0.9, 0.9] })
  const limits = { ...defaults, profile: profiles.general }

  expect(told(replayAutomation(weighed, [inside], by('score'), limits))).toMatchObject([
    { from: before(10), to: before(5), effect: 'ask' },
    { from: before(0), effect: 'countdown' },
  ])
})

test('where all are asked for, one of them does nothing', () => {
  const one = past({ 'error-rate': [0.001, 0.08, 0.08, 0.08], cpu: [0.4, 0.4, 0.99, 0.99] })
  const all = { ...by('error-rate', 'cpu'), combine: 'all' } as const

  expect(replayAutomation(one, [], all, defaults)).toEqual([])
})

test('what an alert or a deploy says nobody knows afterwards', () => {
  const errors = past({ 'error-rate': [0.001, 0.08] })

  expect(replayAutomation(errors, [], by('alert', 'circuit-breaker'), defaults)).toEqual([])
})
