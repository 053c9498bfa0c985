import { span } from '#domain/communication/words.ts'
import { isBeside } from '#domain/incident/beside.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { between } from '#domain/time.ts'
import type { Progress } from '#ports/executor.ts'
import { completion } from './complete.ts'
import { makerOf, type Turn, write } from '#workflows/turn.ts'
import { isPast, noteBudget } from './note-budget.ts'
import { leftOf } from './try-until-budget.ts'
import { followStep, saysNothingNew } from '#workflows/follow-step.ts'
import type { World } from '#workflows/world.ts'

type StepMove = Extract<Move, { readonly index: number }>
type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock' | 'revisions'>

/** Follows a change, or its undo, until it is out, has failed, or somebody decided otherwise (their event makes ours stale). */
export function settleStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const executor = makerOf(ports, turn.rollback, move.step)
  const followed = move.kind === 'settle-undo' ? move.step.undo : move.step.change
  return followStep(
    ports,
    turn,
    {
      stream: turn.incident,
      progress: (inner) => executor.progress(followed, inner),
      isBeside,
      note: (now, seen) => note(ports, now, move, seen),
      async afterLook(now) {
        const history = await noteBudget(ports, now)
        return (await giveUp(ports, { ...now, history }, move)) ? 'given up' : history
      },
    },
    signal,
  )
}

async function note(
  ports: Ports,
  turn: Turn,
  { index, kind }: StepMove,
  progress: Progress,
): Promise<Turn['history']> {
  const isLast = kind === 'settle' && index === turn.rollback.steps.length - 1
  const of = { rollback: turn.rollback.id, step: index } as const
  const { ready, wanted } = progress
  const moved = { kind: 'progressed', ...of, ready, wanted } as const
  const prefix = kind === 'settle-undo' ? 'undo' : 'step'
  switch (progress.kind) {
    case 'moving':
      return isOld(turn, progress)
        ? turn.history
        : write(ports, turn, [{ ...moved, note: progress.note }])
    case 'settled':
      return write(ports, turn, [
        { ...moved, note: '' },
        { kind: `${prefix}_succeeded`, ...of },
        // What follows the last step is certain by then, and goes with it.
        ...(isLast ? await completion(ports, turn) : []),
      ])
    case 'failed':
      return write(ports, turn, [
        { ...moved, note: '' },
        {
          kind: `${prefix}_failed`,
          ...of,
          message: progress.message,
          changed: 'maybe',
          ...leftOf(progress),
          // Undone once more it is made anew anyhow.
          ...(kind === 'settle' && progress.again !== undefined ? { again: progress.again } : {}),
        },
      ])
  }
}

function isOld(
  { history, rollback, now }: Turn,
  progress: Extract<Progress, { kind: 'moving' }>,
): boolean {
  const last = history.findLast(
    ({ event }) => event.kind === 'progressed' && event.rollback === rollback.id,
  )
  if (last?.event.kind !== 'progressed') return false
  return saysNothingNew(last.event, between(last.at, now), progress)
}

/** What is taken back comes up within its mechanism's budget, or not by itself: whoever looks then needs the workload free. */
async function giveUp(ports: Ports, turn: Turn, { kind, index, step }: StepMove): Promise<boolean> {
  const { rollback, now } = turn
  const budget = rollback.plan?.budgetMicros ?? 0
  if (kind !== 'settle-undo' || !isPast(rollback.since, now, budget)) return false
  const message = `${step.undoSettles ?? step.settles} did not come up within ${span(budget)}`
  await write(ports, turn, [
    { kind: 'undo_failed', rollback: rollback.id, step: index, message, changed: 'maybe' },
  ])
  return true
}
