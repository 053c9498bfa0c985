import { z } from 'zod'
import { canonicalJson } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import { minutes, seconds } from '#domain/time.ts'
import { type Executor, NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Promoter } from '#ports/promoter.ts'
import { TargetGone } from '#ports/target-gone.ts'
import type { World } from '#workflows/world.ts'
import { aRevision, aStep } from './builders.ts'

const Change = z.object({ share: z.number(), expect: z.number() })

/** A platform with one canary: it takes the share that was set last, and remembers each operation. */
export function aCanaryPlatform() {
  return {
    stable: aRevision('v2.2.1', { seed: '77ab41c0' }),
    canary: aRevision('v2.3.0') as CanaryState['canary'],
    /** The workload itself was deleted. */
    isGone: false,
    share: 1,
    generation: 1,
    stops: undefined as readonly number[] | undefined,
    /** Every change that took effect, in order. */
    made: [] as string[],
    operations: new Set<string>(),
    /** Nothing comes up while this holds. */
    stalled: false,
    answersLost: 0,
    /** No change is answered, nor made, while this holds; how many were asked for meanwhile. */
    isAway: false,
    unanswered: 0,
    refused: false,
    /** Only a change of its own keeps it where it stands. */
    movesByItself: false,
    /** Steps of a move forward. */
    parts: 1,
    /** What a promotion in full leaves behind is taken away five minutes later. */
    leaves: undefined as string | undefined,
    /** What comes of taking it away, once each. */
    leftTroubles: [] as Error[],
    /** What happens while it is looked at once more before a move begins. */
    beforeStart: async (): Promise<void> => undefined,
    /** It has pods of its own, beside those of the stable version. */
    isBeside: false,
    /** Shares of requests that fail. */
    errors: { canary: 0.001, baseline: 0.001 },
    /** Of each arm, in a minute. */
    requests: { canary: 2_000, baseline: 20_000 },
    /** Of each arm, in a minute: how many of them were timed. */
    timed: { canary: 1_000, baseline: 1_000 },
    logs: { canary: 'INFO served', stable: 'INFO served' },
    metricsDown: false,
  }
}
export type CanaryPlatform = ReturnType<typeof aCanaryPlatform>

/** The same world, on a platform where a canary is under way. */
export const withCanary = (world: World, platform: CanaryPlatform): World => ({
  ...world,
  executors: new Map(
    [...world.executors].map(([kind, executor]) => [kind, executorOn(executor, platform)]),
  ),
  metrics: metricsOf(world.metrics, platform),
})

function executorOn(inner: Executor, platform: CanaryPlatform): Executor {
  return {
    ...inner,
    async apply(given, operation) {
      if (platform.isAway) {
        platform.unanswered += 1
        throw new Error('connection refused')
      }
      const leftTrouble = operation.endsWith('.leftover')
        ? platform.leftTroubles.shift()
        : undefined
      if (leftTrouble) throw leftTrouble
      if (platform.refused) throw new NotAllowed('patch', 'deployments')
      if (platform.operations.has(operation)) return
      const { share, expect } = Change.parse(given)
      if (expect !== platform.generation) throw new Superseded('somebody moved it meanwhile')
      platform.operations.add(operation)
      platform.made.push(`${operation.replace(/^[^.]*/, '')} → ${share} %`)
      move(platform, share)
      if (platform.answersLost > 0) {
        platform.answersLost -= 1
        throw new Error('socket hang up')
      }
    },
    async *progress(_change, signal): AsyncGenerator<Progress> {
      while (!signal.aborted) {
        if (!platform.stalled) {
          yield { kind: 'settled', ready: 2, wanted: 2 }
          return
        }
        yield { kind: 'moving', ready: 1, wanted: 2, note: '' }
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    },
    async evidence(_target, revision) {
      const text = revision === platform.canary?.id ? platform.logs.canary : platform.logs.stable
      return [{ name: 'pod', kind: 'logs', text }]
    },
    promoter: promoterOn(platform),
  }
}

function move(platform: CanaryPlatform, share: number): void {
  platform.generation += 1
  platform.share = share
  if (share === 0) platform.canary = undefined
  if (share !== 100 || !platform.canary) return
  platform.stable = platform.canary
  platform.canary = undefined
}

function promoterOn(platform: CanaryPlatform): Promoter {
  const leg = (share: number, how: string) => ({
    steps: [
      aStep(`weight set to ${share} %`, {
        change: { share, expect: platform.generation },
        undo: null,
        settles: 'pods',
      }),
    ],
    how,
    differences: [],
    reaches: share,
    expectedMicros: seconds(40),
    warnings: [],
    blockers: [],
  })
  return {
    covers: () => true,
    isBeside: () => platform.isBeside,
    async canary({ title }) {
      if (platform.isGone) throw new TargetGone(`${title} is gone`)
      const { stable, canary, share, stops, generation } = platform
      return {
        stable,
        canary,
        share: canary ? share : 0,
        of: 'traffic',
        stops,
        units: { noun: 'pods', count: 2, ready: 2 },
        precondition: { generation },
        warnings: [],
        blockers: [],
      }
    },
    async forward(_target, { share: from }, share) {
      const { parts, generation } = platform
      const steps = Array.from({ length: parts }, (_, index) => {
        const weight = from + ((share - from) * (index + 1)) / parts
        return aStep(`weight set to ${weight} %`, {
          change: { share: weight, expect: generation + index },
          undo: null,
          settles: 'pods',
        })
      })
      const step = aStep('pods taken away', {
        change: { share: 100, expect: generation + parts },
        undo: null,
      })
      const { leaves } = platform
      return {
        ...leg(share, 'weight of the canary set'),
        steps,
        ...(leaves ? { leftover: { name: leaves, keptMicros: minutes(5), step } } : {}),
      }
    },
    away: async () => leg(0, 'weight of the canary set to nothing'),
    ways: async () => [
      {
        ...leg(0, 'weight of the canary set to nothing'),
        mechanism: 'mesh-reroute',
        collapse: [],
        collapseHow: null,
      },
    ],
    hold: async () =>
      platform.movesByItself
        ? leg(platform.share, 'paused where it stands')
        : { ...leg(platform.share, 'nothing moves by itself'), steps: [] },
    async changedSince(_target, precondition) {
      await platform.beforeStart()
      return canonicalJson(precondition) === canonicalJson({ generation: platform.generation })
        ? undefined
        : 'the canary was changed meanwhile'
    },
    async verify(_target, { share, canary }) {
      const isDone =
        share === 0
          ? platform.canary === undefined
          : share === 100
            ? platform.stable.id === canary.id
            : platform.share === share
      return [
        {
          id: 'serving',
          result: isDone ? 'passed' : 'failed',
          text: `the canary takes ${platform.share} %`,
        },
      ]
    },
  }
}

const metricsOf = (inner: Metrics, platform: CanaryPlatform): Metrics => ({
  ...inner,
  async counts(_service, arm, { from, to }, step) {
    if (platform.metricsDown) return { kind: 'unavailable', why: 'timeout', query: 'q' }
    const requests = platform.requests[arm] * (step / 60_000_000)
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => ({
      at: (from + index * step) as typeof from,
      requests,
      errors: requests * platform.errors[arm],
    }))
    return { kind: 'counted', points, query: 'q' }
  },
  async buckets(_service, arm, { from, to }, step) {
    const timed = platform.timed[arm] * (step / 60_000_000)
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => ({
      at: (from + index * step) as typeof from,
      buckets: new Map([
        [0.1, 0.9 * timed],
        [0.5, 0.999 * timed],
        [Infinity, timed],
      ]),
    }))
    return { kind: 'bucketed', points, query: 'q' }
  },
})
