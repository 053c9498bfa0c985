import { z } from 'zod'
import { faultOf } from '../executors/kubernetes/contract-platform.ts'
import type { CanaryPlatform } from '../executors/promoter-contract.ts'
import type { Trouble } from '../executors/troubles.ts'
import { aWorld, isNoticed, type World } from './world.ts'

/** Waits twice for somebody. */
export const twice = {
  canary: { steps: [{ setWeight: 25 }, { pause: {} }, { setWeight: 50 }, { pause: {} }] },
}

interface Setup {
  readonly strategy: object
  readonly next: number
}

/** A Rollout whose next version waits where it stops first, as the promoter's contract wants it. */
export async function canaryPlatform(
  { strategy, next }: Setup,
  trouble?: Trouble,
): Promise<CanaryPlatform> {
  const world = await aWorld({
    strategy,
    images: ['shop/checkout:2.2.1'],
    isImpatient: trouble?.kind === 'late',
  })
  const first = async (image: string) => {
    const { currentPodHash } = (await world.look()).status
    await world.ship(image)
    await waits(world, currentPodHash)
  }
  await first('shop/checkout:2.3.0')
  return {
    executor: world.executor,
    restarted: world.freshExecutor,
    target: world.target,
    next,
    wanted: async () => (await world.look()).spec,
    changes: () => changesIn(world).length,
    trouble: (given, times) =>
      world.cluster.faults.add({ method: 'PATCH', times, ...faultOf(given) }),
    shipAnother: () => first('shop/checkout:2.4.0'),
    removeTarget: async () => void (await world.cluster.must('DELETE', world.path)),
    close: world.close,
  }
}

/** Another version than before, at a step of its own; until it is noticed, the status speaks of the one before. */
const waits = (world: World, before: string | undefined) =>
  world.onceIt(
    (seen) =>
      isNoticed(seen) &&
      seen.status.phase === 'Paused' &&
      (seen.status.pauseConditions ?? []).length > 0 &&
      seen.status.currentPodHash !== before,
  )

/**
 * The changes that the cluster made, by what it answered; to repeat one is none. Whoever takes a version away finds it waiting, and gone
 * on when the controller was quicker than the second try; whoever has it go on finds it at another step each time.
 */
const changesIn = ({ cluster, path }: World): readonly Change[] =>
  cluster.requests
    .filter(
      (one) => one.method === 'PATCH' && one.path.startsWith(path) && !one.query.includes('dryRun'),
    )
    .flatMap((one) => Answered.safeParse(one.answer).data ?? [])
    .map(({ metadata, status }) => ({
      what: [
        metadata.annotations?.['countermand.dev/operation'],
        status?.abort ? 'aborted' : '',
        status?.promoteFull ? 'promoted' : '',
      ].join(' '),
      goesOnFrom: status?.pauseConditions ? 'waits' : `${status?.currentStepIndex}`,
    }))
    .filter((change, index, all) => !isRepeated(change, all[index - 1]))

interface Change {
  readonly what: string
  readonly goesOnFrom: string
}
const isRepeated = (change: Change, last: Change | undefined): boolean =>
  change.what === last?.what &&
  (last.goesOnFrom === 'waits' || change.goesOnFrom === last.goesOnFrom)

const Answered = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
  status: z
    .object({
      abort: z.boolean().optional(),
      promoteFull: z.boolean().optional(),
      currentStepIndex: z.number().optional(),
      pauseConditions: z.array(z.unknown()).optional(),
    })
    .optional(),
})
