import type { IncidentId } from '#domain/ids.ts'
import { isBeside } from '#domain/incident/beside.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import type { Plan, Step } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import { StaleSequence } from '#ports/store.ts'
import { changeOf } from './record.ts'
import type { World } from './world.ts'

/** One look at the record and what follows from it. */
export interface Turn {
  readonly incident: IncidentId
  readonly state: IncidentState
  readonly history: History
  readonly now: Instant
  readonly rollback: RollbackState
  readonly move: Move
}

/**
 * Writes what a turn came to, and returns the longer history. Throws `StaleSequence` when somebody wrote meanwhile – but what was
 * only said or measured beside it makes no work be done a second time. Nor is anything written from `before` on.
 */
export async function write(
  ports: Pick<World, 'timeline' | 'policy'>,
  turn: Pick<Turn, 'incident' | 'history' | 'now'>,
  events: readonly TimelineEvent[],
  before?: Instant,
): Promise<History> {
  const { timeline, policy } = ports
  const { incident, history, now } = turn
  try {
    const change = {
      ...changeOf(events, { history, now, policy }),
      ...(before === undefined ? {} : { before }),
    }
    return [...history, ...(await timeline.append(incident, history.length, change))]
  } catch (error) {
    if (!(error instanceof StaleSequence)) throw error
    const longer = await timeline.read(incident)
    const meanwhile = longer.slice(history.length)
    if (meanwhile.length === 0 || !meanwhile.every(isBeside)) throw error
    return write(ports, { ...turn, history: longer }, events, before)
  }
}

/** The plan and the executor of a rollback under way; both must exist by then. */
export function planned(
  { executors }: Pick<World, 'executors'>,
  rollback: RollbackState,
): { readonly plan: Plan; readonly executor: Executor } {
  const { plan } = rollback
  if (!plan) throw new Error(`Rollback ${rollback.id} is ${rollback.phase} without a plan`)
  return { plan, executor: named(executors, plan.target.executor) }
}

/** Who makes one step of a rollback under way. */
export const makerOf = (
  { executors }: Pick<World, 'executors'>,
  { id, plan }: RollbackState,
  step: Step,
): Executor => {
  const kind = step.executor ?? plan?.target.executor
  if (kind === undefined) throw new Error(`Rollback ${id} has a step without a plan`)
  return named(executors, kind)
}

function named(executors: World['executors'], kind: string): Executor {
  const executor = executors.get(kind)
  if (!executor) throw new Error(`No executor for ${kind}`)
  return executor
}

/** In words for the record: what went wrong, without a stack. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
