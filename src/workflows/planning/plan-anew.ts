import type { Blocker } from '#domain/rollback/plan.ts'
import { between } from '#domain/time.ts'
import { sentence } from './blocker-sentence.ts'
import { makeWay } from '#workflows/make-way.ts'
import { makePlan, type PlanResult } from './make-plan.ts'
import { WorkloadTaken } from '#ports/store.ts'
import { type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** Between attempts while the platform does not answer. */
const retryEveryMs = 1_000

/** Makes another plan for the same request: the approved one no longer fitted what was there. */
export async function planAnew(
  world: Pick<World, 'timeline' | 'policy' | 'executors' | 'revisions' | 'catalogue' | 'clock'>,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  const { rollback, now } = turn
  const service = world.catalogue.get(rollback.service)
  if (!service)
    return blocked([
      { kind: 'unsupported', why: `${rollback.service} is no longer in the catalogue` },
    ])
  const isOther = rollback.combined && rollback.left.length > 0
  const wish = {
    service,
    to: rollback.wanted ?? undefined,
    rollback: rollback.id,
    strategy: rollback.strategy,
    // A flag that was to go first, and may have kept the first way from its end, is not tried again.
    left: isOther ? [...rollback.left, 'flag-off' as const] : rollback.left,
    isCombined: rollback.combined && !isOther,
    now,
    policy: world.policy.rollback,
  }
  const made = await makePlan(world, wish, signal)
  // A platform that is away for a moment is no reason to drop what was asked for.
  if (isAway(made) && between(rollback.since, now) < world.policy.rollback.approvalExpiresMicros)
    return world.clock.pause(retryEveryMs, signal)
  if (made.kind === 'blocked') return blocked(made.blockers)
  if (made.kind === 'unknown_revision')
    return blocked([{ kind: 'target_missing', revision: made.typed, why: 'it is no longer there' }])
  const { plan, digest } = made
  const before = rollback.plan
  // Whoever asked to have the canary taken away has not asked to have what serves beside it taken back.
  const was = before?.canary ? before.from : before?.running
  if (was && !plan.canary && (plan.running ?? plan.from).id !== was.id)
    return blocked([
      {
        kind: 'unsupported',
        why: `${was.name} takes nothing any more, and ${plan.from.name} serves; ask again if that is to be rolled back as well`,
      },
    ])
  try {
    await write(world, turn, [{ kind: 'rollback_planned', rollback: rollback.id, plan, digest }])
  } catch (error) {
    // By another configuration more has to stand still for it than before.
    if (!(error instanceof WorkloadTaken)) throw error
    if (await makeWay(world, error, [plan])) return world.clock.pause(retryEveryMs, signal)
    const why = `another rollback has what must stand still for it (${error.incident})`
    await blocked([{ kind: 'unsupported', why }])
  }

  async function blocked(blockers: readonly Blocker[]): Promise<void> {
    const why = blockers.map(sentence).join(' ')
    await write(world, turn, [{ kind: 'rollback_blocked', rollback: rollback.id, why }])
  }
}

const isAway = (made: PlanResult): boolean =>
  made.kind === 'blocked' && made.blockers.every(({ kind }) => kind === 'cannot_reach')
