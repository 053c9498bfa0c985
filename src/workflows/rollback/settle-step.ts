import type { RollbackId } from '#domain/ids.ts'
import { span } from '#domain/communication/words.ts'
import { isBeside } from '#domain/incident/beside.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { between, type Instant, millis, seconds } from '#domain/time.ts'
import type { Executor, Progress } from '#ports/executor.ts'
import { completion } from './complete.ts'
import { makerOf, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'
import { nextLook } from './next-look.ts'

type StepMove = Extract<Move, { readonly index: number }>
type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock' | 'revisions'>

/** How often a settling step looks whether somebody decided something. */
const lookEveryMs = 500

/** Follows a change, or its undo, until it is out, has failed, or somebody decided otherwise (their event makes ours stale). */
export async function settleStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const executor = makerOf(ports, turn.rollback, move.step)
  try {
    await follow(ports, turn, move, executor, AbortSignal.any([signal, stop.signal]))
  } finally {
    stop.abort()
  }
}

async function follow(
  ports: Ports,
  first: Turn,
  move: StepMove,
  executor: Executor,
  signal: AbortSignal,
): Promise<void> {
  let turn = first
  const followed = move.kind === 'settle-undo' ? move.step.undo : move.step.change
  const looks = executor.progress(followed, signal)[Symbol.asyncIterator]()
  let next = nextLook(looks)
  let readAt = turn.now
  while (!signal.aborted) {
    const seen = await Promise.race([next, ports.clock.pause(lookEveryMs, signal)])
    const now = await ports.timeline.now()
    // However fast the platform reports: somebody's decision is noticed in time.
    if (seen === undefined || between(readAt, now) >= millis(lookEveryMs)) {
      const history = await ports.timeline.read(turn.incident)
      if (!history.slice(turn.history.length).every(isBeside)) return
      turn = { ...turn, history }
      readAt = now
    }
    if (seen?.done) {
      // It ended without saying how: asked again, but not at once.
      await ports.clock.pause(lookEveryMs, signal)
      return
    }
    if (seen !== undefined) {
      turn = { ...turn, now, history: await note(ports, { ...turn, now }, move, seen.value) }
      if (seen.value.kind !== 'moving') return
      next = nextLook(looks)
    }
    turn = { ...turn, now, history: await noteBudget(ports, { ...turn, now }) }
    if (await giveUp(ports, turn, move)) return
  }
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
      return saysNothingNew(turn, progress)
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
        { kind: `${prefix}_failed`, ...of, message: progress.message, changed: 'maybe' },
      ])
  }
}

/** The same again, or the next within a second: not worth a row. Why it does not move is, though it may change its words all the time. */
function saysNothingNew(
  { history, rollback, now }: Turn,
  { ready, wanted, note }: Extract<Progress, { kind: 'moving' }>,
): boolean {
  const last = history.findLast(
    ({ event }) => event.kind === 'progressed' && event.rollback === rollback.id,
  )
  if (last?.event.kind !== 'progressed') return false
  const since = between(last.at, now)
  if (last.event.ready !== ready || last.event.wanted !== wanted) return since < seconds(1)
  return last.event.note === note || (last.event.note !== '' && since < seconds(10))
}

/** Past the mechanism's budget: say so once and ask one level more for what is decided next (policy §2). The work goes on. */
async function noteBudget(ports: Ports, turn: Turn): Promise<Turn['history']> {
  const { rollback, now, history } = turn
  const { plan, startedAt } = rollback
  if (
    !plan ||
    rollback.phase === 'undoing' ||
    startedAt === undefined ||
    rollback.collapsed ||
    !isPast(startedAt, now, plan.budgetMicros)
  )
    return history
  const said = sinceItBegan(history, rollback.id).some(
    ({ event }) => event.kind === 'budget_spent' && event.rollback === rollback.id,
  )
  return said
    ? history
    : write(ports, turn, [
        { kind: 'budget_spent', rollback: rollback.id, budgetMicros: plan.budgetMicros },
      ])
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

/** Another way has a budget of its own. */
function sinceItBegan(history: Turn['history'], id: RollbackId): Turn['history'] {
  const at = history.findLastIndex(
    ({ event }) => event.kind === 'execution_started' && event.rollback === id,
  )
  return history.slice(Math.max(at, 0))
}

const isPast = (start: Instant, now: Instant, budget: number): boolean =>
  between(start, now) > budget
