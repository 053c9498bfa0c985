import type { PromotionEvent } from '#domain/promotion/events.ts'
import type { Leg } from '#domain/promotion/state.ts'
import type { Check } from '#domain/rollback/verification.ts'
import { between } from '#domain/time.ts'
import { promoterOf } from './look.ts'
import { timesOf } from './record.ts'
import { aboutOf, append, type CanaryTurn } from './canary-turn.ts'
import { messageOf } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** One look whether a move is in effect. Not seen within its time, people are asked; what is not known is never good (invariant I10). */
export async function verifyLeg(
  world: World,
  turn: CanaryTurn,
  leg: Leg,
  signal: AbortSignal,
): Promise<void> {
  const { state, now } = turn
  // That it is stopped is what its steps have waited for.
  if (leg.isHold) {
    await append(world, turn, [{ kind: 'canary_hold_placed', ...aboutOf(state), how: leg.how }])
    return
  }
  const checks = await looked(world, turn, leg, signal)
  const about = aboutOf(state)
  const isInEffect = checks.length > 0 && checks.every(({ result }) => result === 'passed')
  if (isInEffect) {
    await append(world, turn, [
      { kind: 'canary_reached', ...about, share: leg.goal.share, checks },
      ...endOf(turn, leg),
    ])
  } else if (between(state.since, now) >= timesOf(world.policy).verifyWithin) {
    await append(world, turn, [{ kind: 'canary_not_reached', ...about, checks }])
  }
}

async function looked(
  world: World,
  { state }: CanaryTurn,
  { goal }: Leg,
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const platform = promoterOf(world, state.target)
  if (!platform) return []
  try {
    return await platform.promoter.verify(state.target, goal, signal)
  } catch (error) {
    if (signal.aborted) throw error
    const text = `${state.target.title} did not answer: ${messageOf(error)}`
    return [{ id: 'serving', result: 'unknown', text }]
  }
}

/** The canary is promoted in full, or gone. Wherever else it was to come, it is measured on. */
function endOf({ state }: CanaryTurn, { goal }: Leg): readonly PromotionEvent[] {
  const about = aboutOf(state)
  const canary = state.versions?.canary?.name ?? 'the canary'
  const stable = state.versions?.stable.name ?? 'the version beside it'
  if (goal.share === 0) {
    const why = `${canary} was taken away, ${stable} serves alone`
    return [{ kind: 'promotion_ended', ...about, outcome: 'taken_away', why }]
  }
  if (goal.share >= 100) {
    const why = `${canary} is promoted in full`
    return [{ kind: 'promotion_ended', ...about, outcome: 'promoted', why }]
  }
  return []
}
