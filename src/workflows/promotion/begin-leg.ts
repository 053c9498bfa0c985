import { freshApproval, roleLapsed, stillHolds } from '#domain/authority/standing.ts'
import type { PlannedLeg, PromotionEvent } from '#domain/promotion/events.ts'
import { approvalEnds } from '#domain/promotion/next-move.ts'
import type { Leg } from '#domain/promotion/state.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import { between } from '#domain/time.ts'
import { NotAllowed } from '#ports/executor.ts'
import { TargetGone } from '#ports/target-gone.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import { sentence } from '#workflows/planning/blocker-sentence.ts'
import { makeWayForPromotion } from '#workflows/make-way.ts'
import { messageOf } from '#workflows/turn.ts'
import { aboutOf, append, type CanaryTurn, isTaken } from './canary-turn.ts'
import { type Platform, plannedLeg, promoterOf } from './look.ts'
import { timesOf } from './record.ts'
import type { World } from '#workflows/world.ts'

/** Between two looks at a platform that does not answer: nothing was begun, and the approval expires. */
const retryEveryMs = 1_000

/** Begins a move only if the canary is what was approved; what takes it away is planned as it is now. Takes the workload, or finds that a rollback has it. */
export async function beginLeg(
  world: World,
  turn: CanaryTurn,
  leg: Leg,
  signal: AbortSignal,
): Promise<void> {
  const { state } = turn
  const platform = promoterOf(world, state.target)
  const about = aboutOf(state)
  const [seen, lapsed] = await Promise.all([
    platform
      ? leg.isHold || leg.goal.share === 0
        ? planAsItIs(platform, turn, leg, signal)
        : whatChanged(platform, turn, signal)
      : { void: 'its platform can move no canary any more' },
    roleLapsedOf(world, turn, leg),
  ])
  const isEnding = typeof seen === 'object' && 'ended' in seen
  const outcome = lapsed !== undefined && !isEnding ? { void: lapsed } : seen
  if (outcome === 'unseen') return world.clock.pause(retryEveryMs, signal)
  const events: readonly PromotionEvent[] =
    'void' in outcome
      ? [{ kind: 'promotion_voided', ...about, why: outcome.void }]
      : 'ended' in outcome
        ? [{ kind: 'promotion_ended', ...about, outcome: 'gone', why: outcome.ended }]
        : leg.isHold && outcome.plan?.steps.length === 0
          ? [{ kind: 'canary_hold_placed', ...about, how: outcome.plan.how }]
          : [{ kind: 'promotion_began', ...about, leg: leg.number, ...outcome }]
  // However long the looks took: what has expired meanwhile begins nothing.
  const begun = () => append(world, turn, events, approvalEnds(leg, timesOf(world.policy)))
  try {
    await begun().catch(async (error: unknown) => {
      if (!isTaken(error) || !(await makeWayForPromotion(world, error))) throw error
      await begun()
    })
  } catch (error) {
    if (!isTaken(error)) throw error
    const why = 'a rollback of the service is under way'
    await append(world, turn, [{ kind: 'promotion_voided', ...about, why }])
  }
}

/** As with a rollback, the role counts again at the start where the decision is not fresh. That it is held where it stands takes nobody's word back. */
async function roleLapsedOf(
  { directory, catalogue }: Pick<World, 'directory' | 'catalogue'>,
  { state, now }: CanaryTurn,
  { by, decidedAt, isHold }: Leg,
): Promise<string | undefined> {
  const service = catalogue.get(state.service)
  if (!service || !by || isHold || between(decidedAt, now) < freshApproval) return undefined
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const standing = await directory.standing(by.person, service, signal)
  return stillHolds(standing, by.as) ? undefined : roleLapsed
}

type Outcome =
  | 'unseen'
  | { readonly void: string }
  | { readonly ended: string }
  | { readonly plan?: PlannedLeg }

async function whatChanged(
  { promoter }: Platform,
  { state: { target, look } }: CanaryTurn,
  signal: AbortSignal,
): Promise<Outcome> {
  if (!look) return { void: 'it was not looked at' }
  try {
    const why = await promoter.changedSince(target, look.canary.precondition, signal)
    return why === undefined ? {} : { void: why }
  } catch (error) {
    if (signal.aborted) throw error
    return error instanceof NotAllowed ? { void: messageOf(error) } : 'unseen'
  }
}

/** What is taken away or held is so at once, wherever it stands by then. */
async function planAsItIs(
  { promoter }: Platform,
  { state: { id, target } }: CanaryTurn,
  { number, goal, isHold }: Leg,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    const canary = await promoter.canary(target, signal)
    const isGivenOn = canary.stable.id === goal.canary.id
    if (!canary.canary)
      return {
        ended: isGivenOn ? givenOn(canary.stable, 'serves alone') : 'the canary is gone already',
      }
    if (canary.canary.id !== goal.canary.id)
      return { void: `${canary.canary.name} has replaced the canary that this was about` }
    // Its own pods are not all that runs it any more: without them it would have everything.
    if (isGivenOn && !isHold && promoter.isBeside(target))
      return { void: givenOn(canary.stable, 'was given on') }
    const operation = `${id}.${number}`
    const leg = await (isHold
      ? promoter.hold(target, canary, operation, signal)
      : promoter.away(target, canary, operation, signal))
    return leg.blockers.length > 0
      ? { void: leg.blockers.map(sentence).join(' ') }
      : { plan: plannedLeg(leg, goal.share) }
  } catch (error) {
    if (signal.aborted) throw error
    if (error instanceof TargetGone) return { ended: error.message }
    // Else it moved between the two looks, or the platform does not answer.
    return error instanceof NotAllowed ? { void: messageOf(error) } : 'unseen'
  }
}

const givenOn = ({ name }: Revision, what: string): string =>
  `${name} ${what} already: only a rollback of the service takes it back`
