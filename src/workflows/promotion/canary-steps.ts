import type { History } from '#domain/incident/events.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { legBudget, type PromotionMove } from '#domain/promotion/next-move.ts'
import { between } from '#domain/time.ts'
import { type Executor, type Progress, Superseded } from '#ports/executor.ts'
import { aboutOf, append, type CanaryTurn } from './canary-turn.ts'
import { type NotMade, tryUntilBudget } from '#workflows/rollback/try-until-budget.ts'
import { followStep, saysNothingNew } from '#workflows/follow-step.ts'
import type { World } from '#workflows/world.ts'

type StepMove = Extract<PromotionMove, { readonly index: number }>
type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock'>

/** Intent first, then the change, then its outcome: a restart knows where it was. */
export async function applyCanaryStep(
  ports: Ports,
  turn: CanaryTurn,
  { leg, index, step }: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const { state } = turn
  const of = { ...aboutOf(state), leg: leg.number, step: index } as const
  const history = await intend(ports, turn, { kind: 'canary_step_started', ...of })
  const executor = executorOf(ports, turn)
  const budget = legBudget(leg)
  let tries = 0
  const outcome = await tryUntilBudget(
    ports,
    { now: turn.now, budget },
    async () => {
      if (tries > 0 && (await isOvertaken(ports, turn, history)))
        throw new Superseded('somebody decided otherwise meanwhile')
      tries += 1
      await executor.apply(step.change, `${state.id}.${leg.number}.${index}`, signal)
    },
    signal,
  )
  const next = { ...turn, history, now: await ports.timeline.now() }
  const mayAgain = between(leg.decidedAt, next.now) < budget
  await append(ports, next, outcomeEvents(turn, { leg, index, step }, outcome, mayAgain))
}

/** What somebody else changed meanwhile is not tried again as it was approved: forward, it stands where it is and is decided anew; away or held, it is planned anew. */
function outcomeEvents(
  { state }: CanaryTurn,
  { leg, index, step }: Pick<StepMove, 'leg' | 'index' | 'step'>,
  outcome: NotMade | undefined,
  mayAgain: boolean,
): readonly PromotionEvent[] {
  const about = aboutOf(state)
  const of = { ...about, leg: leg.number, step: index } as const
  if (outcome === undefined)
    return [
      { kind: step.settles === undefined ? 'canary_step_succeeded' : 'canary_step_applied', ...of },
    ]
  const { message, superseded } = outcome
  const changed = index === 0 ? outcome.changed : 'maybe'
  const failed = { kind: 'canary_step_failed', ...of, message, changed } as const
  if (!superseded) return [failed]
  if (leg.isHold || leg.goal.share === 0)
    return mayAgain ? [{ kind: 'canary_away_again', ...about, leg: leg.number }] : [failed]
  return index === 0
    ? [{ kind: 'promotion_voided', ...about, why: message }]
    : [failed, { kind: 'promotion_stopped', ...about, why: message }]
}

/** Whoever stopped it, or ordered it away, while its platform did not answer: then nothing more is tried, and what is written of it is stale. */
async function isOvertaken(
  { timeline }: Pick<Ports, 'timeline'>,
  { promotion }: CanaryTurn,
  known: History,
): Promise<boolean> {
  const now = await timeline.read(promotion)
  return !now.slice(known.length).every(({ event }) => isAside(event.kind))
}

/** Once: a restarted or second worker must not make the first one's outcome stale by saying it again. */
async function intend(
  ports: Ports,
  turn: CanaryTurn,
  intent: PromotionEvent & {
    readonly kind: 'canary_step_started'
    readonly leg: number
    readonly step: number
  },
): Promise<History> {
  const last = turn.history.findLast(({ event }) => moves.has(event.kind))?.event
  const isSaid =
    last?.kind === 'canary_step_started' && last.leg === intent.leg && last.step === intent.step
  return isSaid ? turn.history : append(ports, turn, [intent])
}

const moves: ReadonlySet<string> = new Set<PromotionEvent['kind']>([
  'promotion_began',
  'canary_step_started',
  'canary_step_applied',
  'canary_step_succeeded',
  'canary_step_failed',
  'promotion_retried',
  'canary_away_ordered',
])

/** Follows a change until it is out, has failed, or somebody decided otherwise. */
export const settleCanaryStep = (
  ports: Ports,
  turn: CanaryTurn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> =>
  followStep(
    ports,
    turn,
    {
      stream: turn.promotion,
      progress: (inner) => executorOf(ports, turn).progress(move.step.change, inner),
      isBeside: ({ event }) => isAside(event.kind),
      note: (now, seen) => note(ports, now, move, seen),
      afterLook: (now) => giveUp(ports, now, move),
    },
    signal,
  )

async function giveUp(
  ports: Ports,
  turn: CanaryTurn,
  { leg, index, step }: StepMove,
): Promise<History | 'given up'> {
  if (between(leg.beganAt ?? leg.decidedAt, turn.now) <= legBudget(leg)) return turn.history
  const message = `${step.settles ?? 'it'} did not come up in time`
  const of = { ...aboutOf(turn.state), leg: leg.number, step: index }
  await append(ports, turn, [{ kind: 'canary_step_failed', ...of, message, changed: 'maybe' }])
  return 'given up'
}

/** What is said beside a move changes nothing about it. */
const isAside = (kind: string): boolean =>
  kind === 'promotion_ticked' || kind === 'promotion_tested' || kind === 'promotion_refused'

async function note(
  ports: Ports,
  turn: CanaryTurn,
  { leg, index }: StepMove,
  progress: Progress,
): Promise<History> {
  const of = { ...aboutOf(turn.state), leg: leg.number, step: index } as const
  const { ready, wanted } = progress
  const moved = { kind: 'canary_progressed', ...of, ready, wanted } as const
  switch (progress.kind) {
    case 'moving':
      return isOld(turn, progress)
        ? turn.history
        : append(ports, turn, [{ ...moved, note: progress.note }])
    case 'settled':
      return append(ports, turn, [
        { ...moved, note: '' },
        { kind: 'canary_step_succeeded', ...of },
      ])
    case 'failed':
      return append(ports, turn, [
        { ...moved, note: '' },
        { kind: 'canary_step_failed', ...of, message: progress.message, changed: 'maybe' },
      ])
  }
}

function isOld(
  { history, now }: CanaryTurn,
  progress: Extract<Progress, { kind: 'moving' }>,
): boolean {
  const last = history.findLast(({ event }) => event.kind === 'canary_progressed')
  if (last?.event.kind !== 'canary_progressed') return false
  return saysNothingNew(last.event, between(last.at, now), progress)
}

function executorOf({ executors }: Pick<World, 'executors'>, { state }: CanaryTurn): Executor {
  const executor = executors.get(state.target.executor)
  if (!executor) throw new Error(`No executor for ${state.target.executor}`)
  return executor
}
