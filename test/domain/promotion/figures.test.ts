import { expect, test } from 'vitest'
import { errorTypes, newTypes } from '#domain/promotion/error-types.ts'
import { quantile } from '#domain/promotion/quantile.ts'

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

test('a quantile lies within its bucket, and at the highest bound where it is beyond', () => {
  const buckets = new Map([
    [0.1, 900],
    [0.5, 999],
    [Infinity, 1_000],
  ])

  expect(quantile(buckets, 0.9)).toBeCloseTo(0.1)
  expect(quantile(buckets, 0.99)).toBeCloseTo(0.1 + 0.4 * (90 / 99))
  expect(quantile(buckets, 0.9999)).toBe(0.5)
  expect(quantile(new Map(), 0.99)).toBeUndefined()
  expect(quantile(new Map([[Infinity, 0]]), 0.99)).toBeUndefined()
})
