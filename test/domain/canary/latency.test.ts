import { expect, test } from 'vitest'
import { type Buckets, edgesOf, slowerThan } from '#domain/canary/latency.ts'

/** Of 1000 requests so many took at most so many seconds. */
const histogram = (within: Readonly<Record<number, number>>, all = 1_000): Buckets =>
  new Map([
    ...Object.entries(within).map(([bound, count]) => [Number(bound), count] as const),
    [Infinity, all],
  ])

test('the bounds nearest to the baseline’s P95 and P99 are taken', () => {
  const usual = histogram({ 0.1: 600, 0.25: 940, 0.5: 985, 1: 996, 2.5: 1_000 })

  expect(edgesOf([usual])).toEqual([
    { metric: 'latency-p95', seconds: 0.25 },
    { metric: 'latency-p99', seconds: 0.5 },
  ])
})

test('windows add up, whatever their traffic', () => {
  const quiet = histogram({ 0.1: 0, 0.5: 10, 1: 10 }, 10)
  const busy = histogram({ 0.1: 95_000, 0.5: 99_000, 1: 100_000 }, 100_000)

  expect(edgesOf([quiet, busy])).toEqual([
    { metric: 'latency-p95', seconds: 0.1 },
    { metric: 'latency-p99', seconds: 0.5 },
  ])
})

test('where one bound is nearest to both, it is counted once', () => {
  expect(edgesOf([histogram({ 0.1: 200, 0.5: 970 })])).toEqual([
    { metric: 'latency-p95', seconds: 0.5 },
  ])
})

test('bounds that are all too low, and no requests at all, tell nothing', () => {
  expect(edgesOf([histogram({ 0.01: 3, 0.05: 40 })])).toEqual([])
  expect(edgesOf([histogram({ 0.1: 0 }, 0)])).toEqual([])
  expect(edgesOf([])).toEqual([])
})

test('what is slower is what is left of all; what cannot be read is no count', () => {
  expect(slowerThan(histogram({ 0.5: 985.4 }), 0.5)).toEqual({
    requests: 1_000,
    errors: expect.closeTo(14.6),
  })
  // Sums of rates may pass their total by a hair.
  expect(slowerThan(histogram({ 0.5: 1_000.6 }), 0.5)).toEqual({ requests: 1_000, errors: 0 })
  expect(slowerThan(undefined, 0.5).requests).toBeNaN()
  expect(slowerThan(histogram({ 1: 900 }), 0.5).errors).toBeNaN()
})
