import type { RollbackId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { between, type Instant, millis, seconds } from '#domain/time.ts'
import { type Executor, NotAllowed, type Progress, Superseded } from '#ports/executor.ts'
import { messageOf, planned, type Turn, write } from './turn.ts'
import type { World } from './world.ts'

type StepMove = Extract<Move, { readonly index: number }>
type Ports = Pick<World, 'timeline' | 'policy' | 'executors' | 'clock'>

/** Between attempts while a platform does not answer. */
const retryEveryMs = 1_000
/** How often a settling step looks whether somebody decided something. */
const lookEveryMs = 500

/** Intent first, then the change, then its outcome: one event before and one after, so that a restart knows where it was. */
export async function applyStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const { rollback } = turn
  const { executor } = planned(ports, rollback)
  const of = { rollback: rollback.id, step: move.index } as const
  const history = await intend(ports, turn, { kind: 'step_started', ...of })
  const operation = operationOf(rollback, move.index)
  const outcome = await tryUntilBudget(
    ports,
    turn,
    () => executor.apply(move.step.change, operation, signal),
    signal,
  )
  const next = { ...turn, history, now: await ports.timeline.now() }
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
      },
    ])
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
  'collapsed',
  'undo_authorised',
  'undo_started',
  'undo_succeeded',
  'undo_failed',
])

/** A collapse puts other steps at the same places: they are other operations. */
function operationOf({ id, plan, steps, collapsed }: Turn['rollback'], index: number): string {
  const isOther = collapsed && index >= steps.length - (plan?.collapse.length ?? 0)
  return `${id}.${index}${isOther ? '.collapse' : ''}`
}

/** Takes one step back. What cannot be taken back leaves the rollback stuck: a person must look. */
export async function undoStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const { rollback } = turn
  const { executor } = planned(ports, rollback)
  const of = { rollback: rollback.id, step: move.index } as const
  const history = await intend(ports, turn, { kind: 'undo_started', ...of })
  const operation = `${operationOf(rollback, move.index)}.undo`
  const outcome = await tryUntilBudget(
    ports,
    turn,
    () => executor.apply(move.step.undo, operation, signal),
    signal,
  )
  const next = { ...turn, history, now: await ports.timeline.now() }
  await write(ports, next, [
    outcome === undefined
      ? { kind: 'undo_succeeded', ...of }
      : { kind: 'undo_failed', ...of, message: outcome.message, changed: outcome.changed },
  ])
}

interface Outcome {
  readonly message: string
  readonly changed: 'nothing' | 'maybe'
  readonly superseded: boolean
}

/** A platform that is away is asked again until the budget is spent; a refusal is an answer at once. */
async function tryUntilBudget(
  { timeline, clock }: Ports,
  { now, rollback }: Turn,
  attempt: () => Promise<void>,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const budget = rollback.plan?.budgetMicros ?? 0
  for (;;) {
    try {
      await attempt()
      return undefined
    } catch (error) {
      if (signal.aborted) throw error
      const superseded = error instanceof Superseded
      if (superseded || error instanceof NotAllowed)
        return { message: messageOf(error), changed: 'nothing', superseded }
      if (between(now, await timeline.now()) >= budget)
        return { message: messageOf(error), changed: 'maybe', superseded: false }
      await clock.pause(retryEveryMs, signal)
    }
  }
}

/** Follows a change until it is out, has failed, or somebody decided otherwise (their event makes ours stale). */
export async function settleStep(
  ports: Ports,
  turn: Turn,
  move: StepMove,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const { executor } = planned(ports, turn.rollback)
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
  const looks = executor.progress(move.step.change, signal)[Symbol.asyncIterator]()
  let next = nextOf(looks)
  let readAt = turn.now
  while (!signal.aborted) {
    const seen = await Promise.race([next, ports.clock.pause(lookEveryMs, signal)])
    const now = await ports.timeline.now()
    // However fast the platform reports: somebody's decision is noticed in time.
    if (seen === undefined || between(readAt, now) >= millis(lookEveryMs)) {
      if ((await ports.timeline.read(turn.incident)).length !== turn.history.length) return
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
      next = nextOf(looks)
    }
    turn = { ...turn, now, history: await noteBudget(ports, { ...turn, now }) }
  }
}

/** A look that fails while nobody waits for it is no fault yet: whoever waits next hears of it. */
function nextOf(looks: AsyncIterator<Progress>): Promise<IteratorResult<Progress>> {
  const next = looks.next()
  next.catch(() => undefined)
  return next
}

async function note(
  ports: Ports,
  turn: Turn,
  { index }: StepMove,
  progress: Progress,
): Promise<Turn['history']> {
  const of = { rollback: turn.rollback.id, step: index } as const
  const { ready, wanted } = progress
  const moved = { kind: 'progressed', ...of, ready, wanted } as const
  switch (progress.kind) {
    case 'moving':
      return saysNothingNew(turn, progress)
        ? turn.history
        : write(ports, turn, [{ ...moved, note: progress.note }])
    case 'settled':
      return write(ports, turn, [
        { ...moved, note: '' },
        { kind: 'step_succeeded', ...of },
      ])
    case 'failed':
      return write(ports, turn, [
        { ...moved, note: '' },
        { kind: 'step_failed', ...of, message: progress.message, changed: 'maybe' },
      ])
  }
}

/** The same counts again, or the next ones within a second: not worth a row. */
function saysNothingNew({ history, rollback, now }: Turn, { ready, wanted }: Progress): boolean {
  const last = history.findLast(
    ({ event }) => event.kind === 'progressed' && event.rollback === rollback.id,
  )
  if (last?.event.kind !== 'progressed') return false
  return (
    (last.event.ready === ready && last.event.wanted === wanted) ||
    between(last.at, now) < seconds(1)
  )
}

/** Past the mechanism's budget: say so once and ask one level more for what is decided next (policy §2). The work goes on. */
async function noteBudget(ports: Ports, turn: Turn): Promise<Turn['history']> {
  const { rollback, now, history } = turn
  const { plan, startedAt } = rollback
  if (
    !plan ||
    startedAt === undefined ||
    rollback.collapsed ||
    !isPast(startedAt, now, plan.budgetMicros)
  )
    return history
  const said = history.some(
    ({ event }) => event.kind === 'budget_spent' && event.rollback === rollback.id,
  )
  return said
    ? history
    : write(ports, turn, [
        { kind: 'budget_spent', rollback: rollback.id, budgetMicros: plan.budgetMicros },
      ])
}

const isPast = (start: Instant, now: Instant, budget: number): boolean =>
  between(start, now) > budget
