import type { RollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { isUndoSettling } from '#domain/rollback/plan.ts'
import { makerOf, type Turn, write } from '#workflows/turn.ts'
import { whileUnchanged } from './while-unchanged.ts'
import { leftOf, tryUntilBudget } from './try-until-budget.ts'
import type { World } from '#workflows/world.ts'

type StepMove = Extract<Move, { readonly index: number }>
type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock'>

/** Intent first, then the change, then its outcome: one event before and one after, so that a restart knows where it was. */
export async function applyStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const { rollback } = turn
  const { of, outcome, next } = await made(ports, turn, move, 'change', signal)
  if (outcome === undefined)
    await write(ports, next, [
      { kind: move.step.settles === undefined ? 'step_succeeded' : 'step_applied', ...of },
    ])
  else if (outcome.superseded && move.index === 0 && !rollback.collapsed)
    await write(ports, next, [
      { kind: 'approval_voided', rollback: rollback.id, why: outcome.message },
    ])
  else
    await write(ports, next, [
      {
        kind: 'step_failed',
        ...of,
        message: outcome.message,
        // The step that a collapse replaced may have been made already.
        changed: rollback.collapsed ? 'maybe' : outcome.changed,
        ...leftOf(outcome),
      },
    ])
}

/** Takes one step back. What cannot be taken back leaves the rollback stuck: a person must look. */
export async function undoStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const { of, outcome, next } = await made(ports, turn, move, 'undo', signal)
  await write(ports, next, [
    outcome === undefined
      ? { kind: isUndoSettling(move.step) ? 'undo_applied' : 'undo_succeeded', ...of }
      : {
          kind: 'undo_failed',
          ...of,
          message: outcome.message,
          changed: outcome.changed,
          ...leftOf(outcome),
        },
  ])
}

/** Says on the record what is about to be done, does it, and comes back with what is to be written next. */
async function made(
  ports: Ports,
  turn: Turn,
  { index, step }: StepMove,
  what: 'change' | 'undo',
  signal: AbortSignal,
) {
  const executor = makerOf(ports, turn.rollback, step)
  const of = { rollback: turn.rollback.id, step: index } as const
  const kind = what === 'change' ? 'step_started' : 'undo_started'
  const history = await intend(ports, turn, { kind, ...of })
  const operation = operationOf(turn.rollback, index) + (what === 'undo' ? '.undo' : '')
  const budget = turn.rollback.plan?.budgetMicros ?? 0
  const attended = await whileUnchanged(
    ports,
    { ...turn, history },
    (inner) =>
      tryUntilBudget(
        ports,
        { now: turn.now, budget },
        () => executor.apply(step[what], operation, inner),
        inner,
      ),
    signal,
  )
  const next = { ...turn, history: attended.history, now: await ports.timeline.now() }
  return { of, outcome: attended.value, next }
}

/** Before the change, once: a restarted or second worker must not make the first one's outcome stale by saying it again. */
async function intend(
  ports: Ports,
  turn: Turn,
  intent: {
    readonly kind: 'step_started' | 'undo_started'
    readonly rollback: RollbackId
    readonly step: number
  },
): Promise<Turn['history']> {
  const last = turn.history.findLast(
    ({ event }) =>
      'rollback' in event && event.rollback === intent.rollback && stepKinds.has(event.kind),
  )?.event
  const isSaid = last?.kind === intent.kind && 'step' in last && last.step === intent.step
  return isSaid ? turn.history : write(ports, turn, [intent])
}

const stepKinds: ReadonlySet<TimelineEvent['kind']> = new Set([
  'execution_started',
  'step_started',
  'step_applied',
  'step_succeeded',
  'step_failed',
  'step_retried',
  'way_left',
  'collapsed',
  'undo_authorised',
  'undo_started',
  'undo_applied',
  'undo_succeeded',
  'undo_failed',
])

/** A collapse, and another way, put other steps at the same places: they are other operations. */
function operationOf(
  { id, plan, steps, collapsed, left }: Turn['rollback'],
  index: number,
): string {
  const isOther = collapsed && index >= steps.length - (plan?.collapse.length ?? 0)
  const way = left.length > 0 ? `.way${left.length + 1}` : ''
  return `${id}.${index}${way}${isOther ? '.collapse' : ''}`
}
