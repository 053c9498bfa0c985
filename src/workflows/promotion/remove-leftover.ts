import type { PromotionEvent } from '#domain/promotion/events.ts'
import { type LeftBehind, type PromotionState, promotionState } from '#domain/promotion/state.ts'
import { type Instant, minutes } from '#domain/time.ts'
import { Superseded } from '#ports/executor.ts'
import { tryUntilBudget } from '#workflows/rollback/try-until-budget.ts'
import type { World } from '#workflows/world.ts'
import { aboutOf, append, type CanaryTurn, isTaken } from './canary-turn.ts'

type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock'>

/** So long a platform that does not answer is asked again. */
const budget = minutes(10)

/** Has what was left behind taken away, unless somebody may need it yet: then it is asked again in a minute. Takes the workload. */
export async function clearLeftover(ports: Ports, turn: CanaryTurn): Promise<void> {
  const why = await inTheWay(ports, turn.state)
  if (why !== undefined) return keep(ports, turn, why)
  try {
    await append(ports, turn, [{ kind: 'leftover_removal_begun', ...aboutOf(turn.state) }])
  } catch (error) {
    if (!isTaken(error)) throw error
    await keep(ports, turn, beingMoved(turn.state))
  }
}

/** However long ago it was begun: an incident that was opened since keeps it, and nothing more is tried once it was called off. */
export async function removeLeftover(
  ports: Ports,
  turn: CanaryTurn,
  { step }: LeftBehind,
  signal: AbortSignal,
): Promise<void> {
  const { state } = turn
  const why = await inTheWay(ports, state)
  if (why !== undefined) return keep(ports, turn, why)
  const executor = ports.executors.get(state.target.executor)
  const outcome = await tryUntilBudget(
    ports,
    { now: begunAt(turn), budget },
    async () => {
      if (!(await isStillAsked(ports, turn))) throw new Superseded('it was called off meanwhile')
      if (!executor) throw new Error(`No executor for ${state.target.executor}`)
      await executor.apply(step.change, `${state.id}.leftover`, signal)
    },
    signal,
  )
  const event: PromotionEvent = outcome
    ? { kind: 'leftover_left', ...aboutOf(state), why: outcome.message }
    : { kind: 'leftover_removed', ...aboutOf(state) }
  await append(ports, turn, [event])
}

/** Whoever called it off may go to what is left behind this very moment; what is written of it from here on is stale. */
async function isStillAsked(
  { timeline }: Pick<World, 'timeline'>,
  { promotion }: CanaryTurn,
): Promise<boolean> {
  const state = promotionState(await timeline.read(promotion))
  return state?.leftover?.phase === 'removing'
}

/** A restart gives it no more time. */
const begunAt = ({ history, now }: CanaryTurn): Instant =>
  history.findLast(({ event }) => event.kind === 'leftover_removal_begun')?.at ?? now

/** Said once, however often it is asked. */
async function keep(ports: Ports, turn: CanaryTurn, why: string): Promise<void> {
  const { leftover } = turn.state
  if (leftover?.phase === 'kept' && leftover.why === why) return
  await append(ports, turn, [{ kind: 'leftover_kept', ...aboutOf(turn.state), why }])
}

/** Why the way back must stay as short as it is. */
async function inTheWay(
  { timeline }: Pick<World, 'timeline'>,
  state: PromotionState,
): Promise<string | undefined> {
  const [incidents, holder] = await Promise.all([
    timeline.openIncidentsAbout(state.service),
    timeline.holder(state.target.workload),
  ])
  if (incidents.length > 0) return `an incident of ${state.service} is open`
  return holder && holder.incident !== state.id ? beingMoved(state) : undefined
}

const beingMoved = ({ service }: PromotionState): string =>
  `a rollback or another promotion of ${service} is under way`
