import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { podsFor, shareOfPods } from '#executors/kubernetes/canary/plain-share.ts'
import { nearestPods } from '#executors/kubernetes/canary/pods-for.ts'

const pods = fc.integer({ min: 1, max: 200 })
const share = fc.integer({ min: 1, max: 99 })

describe('the pods for a share, of two Deployments', () => {
  test('always carry all of the traffic, with one of each at least', () => {
    fc.assert(
      fc.property(pods, share, (all, part) => {
        const { stable, canary } = podsFor(all, part)

        expect(Math.max(stable, canary)).toBe(all)
        expect(Math.min(stable, canary)).toBeGreaterThanOrEqual(1)
      }),
    )
  })

  test('never shrink the canary, nor grow the stable version, for a greater share', () => {
    fc.assert(
      fc.property(pods, share, share, (all, one, other) => {
        const [less, more] = [
          podsFor(all, Math.min(one, other)),
          podsFor(all, Math.max(one, other)),
        ]

        expect(more.canary).toBeGreaterThanOrEqual(less.canary)
        expect(more.stable).toBeLessThanOrEqual(less.stable)
      }),
    )
  })

  test.for([
    [10, 10, { stable: 10, canary: 1 }, 9],
    [12, 1, { stable: 12, canary: 1 }, 8],
    [12, 25, { stable: 12, canary: 4 }, 25],
    [12, 50, { stable: 12, canary: 12 }, 50],
    [12, 75, { stable: 4, canary: 12 }, 75],
    [12, 99, { stable: 1, canary: 12 }, 92],
    [1, 10, { stable: 1, canary: 1 }, 50],
  ] as const)('of %i for %i %%', ([all, part, wanted, reached]) => {
    const found = podsFor(all, part)

    expect([found, shareOfPods(found)]).toEqual([wanted, reached])
  })
})

/** As TestApproximateWeightedNewStableReplicaCounts of argo-rollouts has it (utils/replicaset/canary_test.go). */
test.for([
  [1, 50, true, { canary: 1, all: 2 }],
  [1, 49, false, { canary: 0, all: 1 }],
  [1, 50, false, { canary: 1, all: 1 }],
  [2, 99, true, { canary: 2, all: 3 }],
  [3, 34, false, { canary: 1, all: 3 }],
  [3, 49, true, { canary: 2, all: 4 }],
  [10, 1, false, { canary: 1, all: 10 }],
  [10, 15, false, { canary: 2, all: 10 }],
  [10, 45, true, { canary: 5, all: 11 }],
  [10, 20, true, { canary: 2, all: 10 }],
  [2, 25, true, { canary: 1, all: 3 }],
] as const)(
  'a Rollout of %i at %i %% is as near as whole pods come',
  ([all, part, surge, wanted]) => {
    expect(nearestPods(all, part, surge)).toEqual(wanted)
  },
)
