import { describe, expect, test } from 'vitest'
import {
  defaults,
  limitNames,
  limitOf,
  limitProblems,
  limitsFor,
  withLimits,
} from '#domain/assessment/limits.ts'
import { serviceId } from '#domain/ids.ts'
import { aPolicy } from '../../support/builders.ts'

const checkout = serviceId('checkout')

describe('numbers that a team may set', () => {
  test.each(limitNames)(
    '%s is read in the unit it was written in, and nothing else changes',
    (name) => {
      const changed = withLimits(defaults, { [name]: 7 })

      expect(limitOf(changed, name)).toBe(7)
      expect(
        limitNames.filter((other) => limitOf(changed, other) !== limitOf(defaults, other)),
      ).toEqual(limitOf(defaults, name) === 7 ? [] : [name])
    },
  )

  test('those of a service stand above the organisation’s, for that service alone', () => {
    const { bands: _, ...assessment } = withLimits(defaults, {
      minRequests: 50,
      cpuSignPercent: 70,
    })
    const policy = aPolicy({ assessment, own: { checkout: { limits: { minRequests: 200 } } } })

    const own = limitsFor(policy, checkout)
    const others = limitsFor(policy, serviceId('cart'))

    expect([own.minRequests, own.saturation.cpu]).toEqual([200, 0.7])
    expect([others.minRequests, others.saturation.cpu]).toEqual([50, 0.7])
  })

  test('what must rise is found where it does not, also between what comes from two places', () => {
    expect(limitProblems(defaults)).toEqual([])
    expect(limitProblems(withLimits(defaults, { errorRateCriticalPercent: 2 }))).toEqual([
      'errorRateHighPercent (2) must be below errorRateCriticalPercent (2)',
    ])
  })
})
