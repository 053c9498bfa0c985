import type { RollbackId } from '#domain/ids.ts'
import { between, type Instant } from '#domain/time.ts'
import { type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** Past the mechanism's budget: say so once and ask one level more for what is decided next (policy §2). The work goes on. */
export async function noteBudget(
  ports: Pick<World, 'timeline' | 'policy'>,
  turn: Turn,
): Promise<Turn['history']> {
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

/** Another way has a budget of its own. */
function sinceItBegan(history: Turn['history'], id: RollbackId): Turn['history'] {
  const at = history.findLastIndex(
    ({ event }) => event.kind === 'execution_started' && event.rollback === id,
  )
  return history.slice(Math.max(at, 0))
}

/** Whether more than this has passed since. */
export const isPast = (start: Instant, now: Instant, budget: number): boolean =>
  between(start, now) > budget
