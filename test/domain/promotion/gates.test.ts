import { describe, expect, test } from 'vitest'
import type { Figures } from '#domain/promotion/figures.ts'
import { gateCall, gateOf, itemsOf, verdictAt, whyNotByItself } from '#domain/promotion/gate.ts'
import { gateItems } from '#domain/promotion/items.ts'
import {
  gateAt,
  type Ladder,
  ladderProblems,
  ladders,
  shareAfter,
  stricter,
} from '#domain/promotion/ladder.ts'
import { measuredItem } from '#domain/promotion/measured-items.ts'
import { stepVerdict } from '#domain/promotion/verdict.ts'
import { hours, minutes, plus } from '#domain/time.ts'
import { at } from '../../support/builders.ts'
import {
  aCanary,
  aLook,
  aPromotion,
  promotionEvents,
  someFigures,
} from '../../support/promotions.ts'

const least = 1_000
const { promotion_requested: asked, promotion_looked: looked } = promotionEvents
const byErrors: Ladder = {
  name: 'own',
  gates: [{ at: 5, after: minutes(10), all: ['error-rate'], otherwise: 'roll-back' }],
}
const counts = (canary: number, baseline: number, requests = 100_000): Figures['counts'] => ({
  kind: 'compared',
  canary: { requests, errors: requests * canary },
  baseline: { requests, errors: requests * baseline },
})

describe('what is measured', () => {
  test('the error rate passes up to 110 % of the baseline, and not beyond', () => {
    const of = (canary: number) =>
      measuredItem('error-rate', someFigures({ counts: counts(canary, 0.001) }), least).state

    expect([0.001, 0.0011, 0.0013].map(of)).toEqual(['passed', 'passed', 'missed'])
  })

  test('what chance may explain is neither good nor bad: more requests tell', () => {
    const of = (requests: number) =>
      measuredItem('error-rate', someFigures({ counts: counts(0.00126, 0.001, requests) }), least)

    expect(of(24_000)).toMatchObject({
      state: 'unknown',
      text: 'error rate within 10 % of the baseline: not known, 0.126 % against 0.1 % beside it (1.26 ×), 24000 requests: chance may explain that, more requests tell',
    })
    expect(of(400_000)).toMatchObject({ state: 'missed' })
    // Counts that are sums of rates.
    expect(of(24_000.4).state).toBe('unknown')
  })

  test('errors where the baseline has none are missed without any ratio that could be small', () => {
    const item = measuredItem('error-rate', someFigures({ counts: counts(0.001, 0) }), least)

    expect(item).toMatchObject({ state: 'missed', ratio: Number.POSITIVE_INFINITY })
    expect(measuredItem('error-rate', someFigures({ counts: counts(0, 0) }), least).state).toBe(
      'passed',
    )
  })

  test('too few requests of either arm prove nothing, however good they look', () => {
    const few: Figures['counts'] = {
      kind: 'compared',
      canary: { requests: 999, errors: 0 },
      baseline: { requests: 100_000, errors: 100 },
    }

    expect(measuredItem('error-rate', someFigures({ counts: few }), least).state).toBe('unknown')
    expect(measuredItem('success', someFigures({ counts: few }), least).state).toBe('unknown')
  })

  test('P99 passes up to 120 % of the baseline', () => {
    const of = (canary: number) =>
      measuredItem(
        'latency',
        someFigures({ p99: { kind: 'compared', canary, baseline: 0.4 } }),
        least,
      ).state

    expect([0.4, 0.48, 0.481].map(of)).toEqual(['passed', 'passed', 'missed'])
  })

  test('P99 of too few requests proves nothing, nor does one of which nobody counted them', () => {
    const { timed: _, ...uncounted } = someFigures()
    const few = someFigures({ timed: { canary: 999, baseline: 110_000 } })

    expect(measuredItem('latency', few, least)).toMatchObject({
      state: 'unknown',
      text: 'P99 within 20 % of the baseline: not known, 999 requests of 1000 that prove something',
    })
    expect(measuredItem('latency', uncounted, least).state).toBe('unknown')
    expect(
      whyNotByItself(
        aPromotion(
          { ...asked, settings: { ...asked.settings, isAutomatic: true, ladder: byErrors } },
          { ...looked, look: aLook({ figures: few }) },
        ),
        least,
        at('18:40:00'),
      ),
    ).toBe('not everything could be measured')
  })

  test('after a rollback at least 99.5 % must succeed', () => {
    const of = (canary: number) =>
      measuredItem('success', someFigures({ counts: counts(canary, 0.1) }), least).state

    expect([0.005, 0.0051].map(of)).toEqual(['passed', 'missed'])
  })
})

describe('a step', () => {
  const gate = ladders.default.gates[0]
  const passed = { item: 'error-rate', state: 'passed', text: 'fine' } as const
  const missed = (ratio?: number) =>
    ({
      item: 'error-rate',
      state: 'missed',
      text: 'bad',
      ...(ratio === undefined ? {} : { ratio }),
    }) as const
  const verdict = (items: Parameters<typeof stepVerdict>[1], elapsed = minutes(15)) =>
    stepVerdict(gate, items, elapsed)

  test('is passed when its time is over to the microsecond, and not before', () => {
    expect(verdict([passed]).kind).toBe('passed')
    expect(stepVerdict(gate, [passed], (minutes(15) - 1) as typeof gate.after).kind).toBe('waiting')
  })

  test.each([
    [1.2, 'hold'],
    [1.5, 'hold'],
    [2, 'hold'],
    [2.01, 'roll-back'],
    [Number.POSITIVE_INFINITY, 'roll-back'],
  ])('missed by %s times the baseline says %s', (ratio, advice) => {
    expect(verdict([passed, missed(ratio)])).toMatchObject({ kind: 'missed', advice })
  })

  test('what has no ratio says what its ladder says', () => {
    expect(verdict([missed()])).toMatchObject({ advice: 'roll-back' })
    expect(stepVerdict(ladders.default.gates[2], [missed()], hours(5))).toMatchObject({
      advice: 'investigate',
    })
  })

  test('counts a miss at once, before its time is over', () => {
    expect(verdict([missed(3)], minutes(1))).toMatchObject({ kind: 'missed', advice: 'roll-back' })
  })

  test('waits for what nobody has said and what nobody could measure', () => {
    const open = { item: 'complaints', state: 'open', text: 'nobody has said so yet' } as const
    const unknown = { item: 'latency', state: 'unknown', text: 'not measured' } as const

    expect(verdict([passed, open, unknown])).toEqual({
      kind: 'waiting',
      why: ['nobody has said so yet', 'not measured'],
    })
  })
})

describe('a ladder', () => {
  test.each([
    ['default', [1, 10, 50]],
    ['pauses', [5, 20, 50]],
    ['ten-then-person', [10, 50]],
    ['e-commerce', [1, 5, 25]],
    ['small-steps', [5, 10, 15, 20, 25]],
  ] as const)('%s rises by %s and then goes to everybody', (name, shares) => {
    const ladder = ladders[name]

    expect(ladder.gates.map(({ at: share }) => share)).toEqual(shares)
    expect(shareAfter(ladder, shares.at(-1) ?? 0, undefined)).toBe(100)
    expect(ladderProblems(ladder.gates)).toEqual([])
  })

  test('stops where the platform stops, never beyond what the ladder asks for unless there is no other stop', () => {
    expect(shareAfter(ladders.default, 10, [20, 40, 60])).toBe(40)
    expect(shareAfter(ladders.default, 40, [20, 40, 60])).toBe(60)
    expect(shareAfter(ladders.default, 60, [20, 40, 60])).toBe(100)
    expect(shareAfter(ladders.default, 1, [])).toBe(100)
  })

  test('takes nine of a hundred for its ten: platforms count in whole instances', () => {
    expect(gateAt(ladders.default, 9).at).toBe(10)
    expect(gateAt(ladders.default, 8).at).toBe(1)
  })

  test('is stricter after a rollback: small steps, 99.5 % must succeed, a person at each', () => {
    const { gates } = stricter(ladders.default)

    expect(gates.map(({ at: share }) => share)).toEqual([5, 10, 15, 20, 25])
    for (const gate of gates) {
      expect(gate.person).toBe(true)
      expect(gate.all).toEqual(expect.arrayContaining(['success', ...ladders.default.gates[0].all]))
    }
  })

  test('that falls is a mistake', () => {
    const [first, second] = ladders.default.gates

    expect(ladderProblems([second, first])).toEqual(['the steps must rise: 1 % comes after 10 %'])
  })
})

describe('a canary at a step', () => {
  const { promotion_requested: asked, promotion_looked: looked } = promotionEvents
  const over = plus(at('14:20:00'), hours(2))

  test('asks for the tests of its service before anything else', () => {
    const settings = { ...asked.settings, tests: ['pre-rollout', 'load-test'] as const }
    const state = aPromotion({ ...asked, settings }, looked, promotionEvents.promotion_tested)

    expect(itemsOf(state, least).slice(0, 2)).toMatchObject([
      { item: 'pre-rollout', state: 'open' },
      { item: 'load-test', state: 'passed' },
    ])
  })

  test('that takes nothing yet needs no more than its tests', () => {
    const look = aLook({ canary: aCanary({ share: 0 }) })
    const state = aPromotion(asked, { ...looked, look })

    expect(gateOf(state)).toMatchObject({ at: 0, after: 0, all: [] })
    expect(verdictAt(state, least, at('14:20:02')).kind).toBe('passed')
  })

  test('whose share was moved by somebody else begins its step anew, and nothing that was ticked counts there', () => {
    const moved = aLook({ canary: aCanary({ share: 50 }) })
    const state = aPromotion(asked, looked, promotionEvents.promotion_ticked, {
      ...looked,
      look: moved,
    })

    expect(state.step).toMatchObject({ share: 50, since: at('14:20:03') })
    expect(state.ticks).toEqual({})
  })

  test('is for people once its time is over and all that is measured passes', () => {
    const state = aPromotion(asked, looked)
    const worse = aPromotion(asked, {
      ...looked,
      look: aLook({ figures: someFigures({ counts: counts(0.002, 0.001) }) }),
    })

    expect(gateCall(state, least, over)).toEqual({ kind: 'passed' })
    expect(gateCall(state, least, at('14:30:00'))).toBeUndefined()
    expect(gateCall(worse, least, over)).toBeUndefined()
  })

  test.each([
    ['as it is configured for people', {}, {}, 'a person decides here'],
    [
      'handles payment',
      { isAutomatic: true, handles: 'payment' },
      {},
      'what handles payment always needs a person',
    ],
    [
      'with a P99 of half a second',
      { isAutomatic: true },
      { p99: { kind: 'compared', canary: 0.5, baseline: 0.5 } },
      'its P99 is not below 500 ms',
    ],
    [
      'with a P99 of 111 %',
      { isAutomatic: true },
      { p99: { kind: 'compared', canary: 0.444, baseline: 0.4 } },
      'its P99 is more than 110 % of the baseline',
    ],
    [
      'with 1 % of errors',
      { isAutomatic: true },
      { counts: counts(0.01, 0.01) },
      'its error rate is not below 1 %',
    ],
    [
      'with a handful of requests, where its gate does not ask for the error rate',
      {
        isAutomatic: true,
        ladder: {
          name: 'own',
          gates: [{ at: 5, after: minutes(10), all: ['latency'], otherwise: 'roll-back' }],
        },
      },
      { counts: counts(0, 0, 9) },
      'too few requests to prove anything',
    ],
    ['as good as can be', { isAutomatic: true }, {}, undefined],
  ] as const)('%s goes on by itself or says why not', (_, settings, figures, why) => {
    const ladder = ladders.pauses
    const state = aPromotion(
      { ...asked, settings: { ...asked.settings, ladder, ...settings } },
      { ...looked, look: aLook({ canary: aCanary({ share: 5 }), figures: someFigures(figures) }) },
    )

    expect(whyNotByItself(state, least, over)).toBe(why)
  })

  test('what was aborted is retried by no machine, as good as it may have been', () => {
    const settings = { ...asked.settings, ladder: ladders.pauses, isAutomatic: true }
    const canary = aCanary({ share: 5, warnings: [{ kind: 'aborted', why: 'by somebody' }] })
    const state = aPromotion(
      { ...asked, settings },
      { ...looked, look: aLook({ canary, figures: someFigures() }) },
    )

    expect(whyNotByItself(state, least, over)).toBe('it was aborted: only a person has it retried')
  })
})

test('every item has words that say what must hold', () => {
  expect(Object.entries(gateItems).filter(([, { says }]) => says.length < 10)).toEqual([])
})

test('a canary that takes its first requests is at its first step from then on, however few they are', () => {
  const seenAt = (share: number) => ({
    ...promotionEvents.promotion_looked,
    look: aLook({ canary: aCanary({ share }) }),
  })
  const state = aPromotion(promotionEvents.promotion_requested, seenAt(0), seenAt(1))

  expect(state.step).toMatchObject({ share: 1, seen: 1, since: state.latestAt })
  expect(gateOf(state).at).toBe(1)
})
