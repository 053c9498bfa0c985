import { between, instant, minutes } from '#domain/time.ts'
import type { History } from '#domain/incident/events.ts'
import type { RollbackId } from '#domain/ids.ts'
import { isOpen, lookedAfter } from '#domain/rollback/phase.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { type Check, noLongerConfigured } from '#domain/rollback/verification.ts'
import { look } from './look.ts'
import { planned, type Turn, write } from '#workflows/turn.ts'
import type { World } from '#workflows/world.ts'

/** Metrics of a watch are measured over the last few minutes, never from before the completion. */
const watchWindow = minutes(5)

/** One look of the watch that follows a recovery: `stable` when its time is over, `degraded` after several bad looks in a row. */
export async function watch(world: World, turn: Turn, signal: AbortSignal): Promise<void> {
  const { incident, rollback, now, history, state } = turn
  const { startedAt } = state
  const service = world.catalogue.get(rollback.service)
  if (!service) {
    const checks = noLongerConfigured(rollback.service)
    await write(world, turn, [
      { kind: 'watch_ended', rollback: rollback.id, outcome: 'unverified', checks },
    ])
    return
  }
  const { plan, executor } = planned(world, rollback)
  if (rollback.completedAt === undefined || rollback.verifiedAt === undefined) return
  const since = instant(Math.max(rollback.completedAt, now - watchWindow))
  const checks = await look(
    world,
    { service, plan, executor, incident, startedAt, since, metricsFrom: since, now },
    signal,
  )
  const of = { rollback: rollback.id, checks } as const
  const limits = world.policy.rollback
  const bad = isBad(checks)
  const over = between(rollback.verifiedAt, now) >= limits.watchMicros
  if (bad && badInARow(history, rollback.id) + 1 >= limits.watchFailures)
    await write(world, turn, [{ kind: 'watch_ended', outcome: 'degraded', ...of }])
  else if (over && isGood(checks))
    await write(world, turn, [
      { kind: 'watch_ended', outcome: 'stable', ...of },
      ...(isLast(turn)
        ? [{ kind: 'incident_closed', by: 'countermand', because: 'stable' } as const]
        : []),
    ])
  else await write(world, turn, [{ kind: 'checked', phase: 'watch', ...of }])
}

/** Of several services: nothing of the others is under way, or looked after, any more. */
const isLast = ({ history, rollback }: Turn): boolean =>
  !rollbacksOf(history).some(
    (other) => other.id !== rollback.id && (isOpen(other) || lookedAfter.includes(other.phase)),
  )

const isGood = (checks: readonly Check[]): boolean =>
  checks.length > 0 && checks.every(({ result }) => result === 'passed')

/** A look that shows nothing is no good look (I10), but no bad one either: the watch goes on until it sees. */
const isBad = (checks: readonly Check[]): boolean =>
  checks.some(({ result }) => result === 'failed')

function badInARow(history: History, rollback: RollbackId): number {
  const looks = history.flatMap(({ event }) =>
    event.kind === 'checked' && event.phase === 'watch' && event.rollback === rollback
      ? [event.checks]
      : [],
  )
  const good = looks.findLastIndex((checks) => !isBad(checks))
  return looks.length - 1 - good
}
