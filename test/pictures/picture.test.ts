import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Figures } from '#domain/promotion/figures.ts'
import { plus, seconds } from '#domain/time.ts'
import { png } from '#pictures/png.ts'
import { assessmentPicture } from '#slack/pictures/assessment-picture.ts'
import { promotionPicture } from '#slack/pictures/promotion-picture.ts'
import { chart, type Line } from '#pictures/chart.ts'
import { aCanary, before, now } from '../domain/assessment/facts.ts'
import { anAssessmentState, wasAssessed } from '../slack/views/assessments.ts'
import { aLook, aPromotion, promotionEvents, someFigures } from '../support/promotions.ts'

const hour = { from: 0, to: 3_600 }
const clock = (at: number) => `${at / 60}`
const line = (values: readonly (number | null)[], more: Partial<Line> = {}): Line => ({
  title: '5xx',
  points: values.map((value, index) => ({ at: index * 30, value })),
  normal: 0.001,
  say: (value) => `${value * 100} %`,
  ...more,
})

test('is a PNG of twice the width, and not an empty one', async () => {
  const bytes = Buffer.from(await png(chart([line([0.001, 0.06])], [], hour, clock)))

  expect(bytes.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1_600, 340])
  const blank = await png(chart([line([null])], [], hour, clock))
  expect(bytes.equals(Buffer.from(blank))).toBe(false)
})

test('stops where nothing was measured, and goes on where something was', () => {
  const svg = chart([line([0.1, 0.1, null, null, 0.1, 0.1])], [], hour, clock)

  expect(/<path d="([^"]*)"/.exec(svg)?.[1]?.replace(/[\d. ]+/g, '')).toBe('MLML')
})

test('a reading that stands alone is a dot, for no line leads to it', () => {
  const svg = chart([line([0.1, null, 0.1, 0.1, null, 0.1])], [], hour, clock)

  expect(svg.match(/<circle/g)).toHaveLength(2)
})

test('marks what happened within the hour, and nothing else', () => {
  const marks = [
    { at: 1_800, text: 'v2.3.0' },
    { at: -1, text: 'v2.2.1' },
  ]

  const svg = chart([line([0.1])], marks, hour, clock)

  expect(svg).toContain('v2.3.0')
  expect(svg).not.toContain('v2.2.1')
})

test('whatever the values and the words are, it is a drawing', async () => {
  const value = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }))
  const words = fc.string({ unit: 'binary', maxLength: 40 })
  const lines = fc.tuple(fc.array(value, { maxLength: 130 }), words, value)
  await fc.assert(
    fc.asyncProperty(lines, words, async ([values, title, normal], mark) => {
      const svg = chart([line(values, { title, normal })], [{ at: 60, text: mark }], hour, clock)
      expect(svg).not.toMatch(/NaN|Infinity/)
      const bytes = Buffer.from(await png(svg))
      expect(bytes.subarray(1, 4).toString()).toBe('PNG')
    }),
    {
      numRuns: 12,
      examples: [
        [[[], '', Number.MIN_VALUE], ''],
        [[[], '\u0000\uFFFE\uFFFF', null], '\uD800'],
      ],
    },
  )
})

test('says in words what it shows', async () => {
  const points = Array.from({ length: 121 }, (_, index) => {
    const at = plus(before(60), seconds(index * 30))
    return { at, value: at > before(7) ? 0.062 : 0.001 }
  })
  const assessed = anAssessmentState(
    wasAssessed({}, [
      { signal: 'error-rate', points, normal: 0.001 },
      { signal: 'p95', points: points.map(({ at }) => ({ at, value: null })), normal: null },
    ]),
  )

  const picture = await assessmentPicture(assessed, png)

  expect(picture?.title).toBe('checkout: the hour before 14:30 UTC')
  expect(picture?.alt).toBe(
    'checkout, 13:30 UTC to 14:30 UTC: 5xx from 0.1 % to 6.2 %, normal 0.1 %; v2.3.0 went out at 14:21 UTC.',
  )
})

test('a canary that began within the hour is marked as well, and said', async () => {
  const since = before(20)
  const canary = aCanary('wait', { since })
  const points = [before(60), since, now].map((at) => ({ at, value: 0.01 }))
  const curves = [{ signal: 'error-rate', points, normal: null } as const]
  const state = anAssessmentState(wasAssessed({ canary }, curves))
  let svg = ''

  const picture = await assessmentPicture(state, async (drawn) => {
    svg = drawn
    return png(drawn)
  })

  expect(picture?.alt).toMatch(/; a canary serves since about 14:10 UTC\.$/)
  expect(svg.match(/>canary</g)).toHaveLength(1)
})

test('is left out where nothing was measured', async () => {
  const points = [{ at: now, value: null }]
  const curves = [{ signal: 'error-rate', points, normal: null } as const]

  expect(await assessmentPicture(anAssessmentState(wasAssessed({}, curves)), png)).toBeUndefined()
})

test('a canary at its gate is drawn above what runs beside it, over the same time', async () => {
  const curve = [10, 5, 0].map((ago) => ({
    at: before(ago),
    canary: ago > 5 ? 0.001 : 0.062,
    baseline: 0.001,
  }))
  let svg = ''

  const picture = await promotionPicture(atItsGate(curve), async (drawn) => {
    svg = drawn
    return png(drawn)
  })

  expect(picture?.title).toBe('checkout: the canary against what runs beside it, until 14:30 UTC')
  expect(picture?.alt).toBe(
    'checkout, 14:20 UTC to 14:30 UTC: 5xx of v2.3.0 from 0.1 % to 6.2 %; 5xx of v2.2.1 from 0.1 % to 0.1 %.',
  )
  expect(svg.match(/5xx of v2\.[23]\.[01]/g)).toEqual(['5xx of v2.3.0', '5xx of v2.2.1'])
})

test('a canary of which nothing was counted has no picture', async () => {
  const curve = [{ at: now, canary: null, baseline: 0.001 }]

  expect(await promotionPicture(atItsGate(curve), png)).toBeUndefined()
  expect(await promotionPicture(atItsGate([]), png)).toBeUndefined()
})

const atItsGate = (curve: NonNullable<Figures['curve']>) =>
  aPromotion(promotionEvents.promotion_requested, {
    ...promotionEvents.promotion_looked,
    look: aLook({ figures: someFigures({ curve }) }),
  })
