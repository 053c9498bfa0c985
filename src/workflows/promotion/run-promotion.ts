import type { PromotionId } from '#domain/ids.ts'
import { promotionMove } from '#domain/promotion/next-move.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { StaleSequence } from '#ports/store.ts'
import { beginLeg } from './begin-leg.ts'
import { followCanary } from './follow-canary.ts'
import { aboutOf, append, type CanaryTurn } from './canary-turn.ts'
import { changeOfPromotion, timesOf } from './record.ts'
import { applyCanaryStep, settleCanaryStep } from './canary-steps.ts'
import { clearLeftover, removeLeftover } from '#workflows/remove-leftover.ts'
import { leftByPromotion } from './leftover.ts'
import { verifyLeg } from './verify-leg.ts'
import type { World } from '#workflows/world.ts'

/**
 * Carries a promotion as far as it can go, then says when to look again. Call it again after a crash and it carries on; two at
 * once do no harm, because only one of them can write the next event.
 */
export async function runPromotion(
  world: World,
  promotion: PromotionId,
  signal: AbortSignal,
): Promise<void> {
  const { timeline, policy } = world
  let hasLooked = false
  while (!signal.aborted) {
    const history = await timeline.read(promotion)
    const now = await timeline.now()
    const state = promotionState(history)
    if (!state) return
    const turn = { promotion, history, now, state }
    const move = promotionMove(state, now, timesOf(policy))
    const isLook = move.kind === 'look' || move.kind === 'verify' || move.kind === 'clear'
    try {
      if (move.kind === 'wait' || (isLook && hasLooked)) return await rest(world, turn)
      await carryOut(world, turn, move, signal)
      hasLooked = hasLooked || isLook
    } catch (error) {
      if (!(error instanceof StaleSequence)) throw error
    }
  }
}

async function carryOut(
  world: World,
  turn: CanaryTurn,
  move: ReturnType<typeof promotionMove>,
  signal: AbortSignal,
): Promise<void> {
  const about = aboutOf(turn.state)
  switch (move.kind) {
    case 'look':
      return followCanary(world, turn, signal)
    case 'begin':
      return beginLeg(world, turn, move.leg, signal)
    case 'void':
      await append(world, turn, [
        { kind: 'promotion_voided', ...about, why: 'it had not begun in time' },
      ])
      return undefined
    case 'apply':
      return applyCanaryStep(world, turn, move, signal)
    case 'settle':
      return settleCanaryStep(world, turn, move, signal)
    case 'moved':
      await append(world, turn, [{ kind: 'canary_moved', ...about, leg: move.leg.number }])
      return undefined
    case 'verify':
      return verifyLeg(world, turn, move.leg, signal)
    case 'clear':
      return clearLeftover(world, leftByPromotion(world, turn, move.leftover))
    case 'remove':
      return removeLeftover(world, leftByPromotion(world, turn, move.leftover), signal)
    case 'wait':
      return undefined
  }
}

async function rest(world: World, { promotion }: CanaryTurn): Promise<void> {
  const { timeline, policy } = world
  await timeline.decide(promotion, (history, now) => ({
    change: changeOfPromotion([], { history, now, policy }),
    answer: undefined,
  }))
}
