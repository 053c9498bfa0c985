import { expect, test } from 'vitest'
import { errorTypes, newTypes } from '#domain/promotion/error-types.ts'
import { measuredItem } from '#domain/promotion/measured-items.ts'
import { comparedP99, quantile } from '#domain/promotion/quantile.ts'
import { someFigures } from '../../support/promotions.ts'

test('an error has the same type however often it occurs, whatever it names', () => {
  const types = errorTypes(
    [
      '2026-11-21T14:20:01.123Z ERROR payment client: unexpected end of JSON input (order 81311)',
      '2026-11-21T14:20:02.456Z ERROR payment client: unexpected end of JSON input (order 81327)',
      '2026-11-21T14:20:03.000Z INFO served /checkout',
      'java.lang.NullPointerException: Cannot invoke "Cart.total()"',
      'TypeError: undefined is not a function',
    ].join('\n'),
  )

  expect([...types]).toEqual([
    'ERROR payment client: unexpected end of JSON input (order …)',
    'NullPointerException',
    'TypeError',
  ])
})

test('only what the baseline does not write is new', () => {
  const [canary, baseline] = [errorTypes('TypeError: a\nRangeError: b'), errorTypes('TypeError: c')]

  expect(newTypes(canary, baseline)).toEqual(['RangeError'])
})

const buckets = new Map([
  [0.1, 900],
  [0.5, 999],
  [Infinity, 1_000],
])

test('a quantile lies within its bucket, and beyond the highest bound it is not known', () => {
  const at = (share: number) => quantile(buckets, share)

  expect(at(0.9)).toMatchObject({ kind: 'within', seconds: expect.closeTo(0.1), timed: 1_000 })
  expect(at(0.99)).toMatchObject({ seconds: expect.closeTo(0.1 + 0.4 * (90 / 99)) })
  expect(at(0.9999)).toEqual({ kind: 'above', seconds: 0.5, timed: 1_000 })
  expect(quantile(new Map(), 0.99)).toEqual({ kind: 'none' })
  expect(quantile(new Map([[Infinity, 0]]), 0.99)).toEqual({ kind: 'none' })
})

test('a P99 that no bucket holds is never good; it is bad where even the highest bound is too slow', () => {
  const within = (seconds: number) => ({ kind: 'within', seconds, timed: 5_000 }) as const
  const above = { kind: 'above', seconds: 0.5, timed: 5_000 } as const

  expect(comparedP99(above, above).p99.kind).toBe('unknown')
  expect(comparedP99(within(0.2), above).p99.kind).toBe('unknown')
  expect(comparedP99(above, within(0.45)).p99).toEqual({
    kind: 'unknown',
    why: 'the P99 of the canary is above 500 ms, the highest bound of its histogram',
  })
  const slow = comparedP99(above, within(0.2))
  expect(measuredItem('latency', someFigures(slow), 1_000)).toMatchObject({
    state: 'missed',
    text: 'P99 above 500 ms against 200 ms beside it (2.5 ×)',
  })
})

test('where every request is in the last bucket nothing is known of how slow they are', () => {
  const all = quantile(new Map([[Infinity, 5_000]]), 0.99)

  expect(comparedP99(all, all).p99.kind).toBe('unknown')
  expect(comparedP99(all, quantile(buckets, 0.99)).p99.kind).toBe('unknown')
})
