import { raiseOf } from './raise.ts'
import { required, windowInTime } from '#domain/authority/matrix.ts'
import { isAtLeast, type Role } from '#domain/authority/role.ts'
import { isFiring } from '#domain/alerts/known-alert.ts'
import type { History } from '#domain/incident/events.ts'
import { matrixKnown, policyInForce } from '#domain/incident/policy-in-force.ts'
import { decisionClock } from '#domain/incident/decision-clock.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { leftoverWake } from '#domain/leftover.ts'
import { hours, type Instant, instant, micros, plus } from '#domain/time.ts'
import { type Move, nextMove } from './next-move.ts'
import { freezeWake } from './freeze-moves.ts'
import { isOpen } from './phase.ts'
import { syncWake } from './sync-moves.ts'
import { isFollower, turnOf } from './together.ts'
import { type RollbackState, rollbacksOf } from './state.ts'

/** What the worker does next with one rollback of the incident that `history` tells. */
export function moveOf(
  history: History,
  rollback: RollbackState,
  now: Instant,
  ownPolicy: Policy,
): Move {
  const incident = incidentState(history)
  const policy = policyInForce(incident, ownPolicy)
  const start = incident?.authorityStart ?? rollback.requestedAt
  const raise = raiseOf(rollback)
  const row = windowInTime(policy.matrix, start, now)
  const asked = rollback.escalatedTo ?? askedFirst(history, rollback, now, policy)
  return nextMove(rollback, now, policy.rollback, {
    endsAt: row.endsAt,
    mustEscalate: !isAtLeast(asked, required(row, raise).role),
    isPressing:
      incident !== undefined &&
      isUrgent(incident) &&
      rollbacksOf(history).findLast((one) => !isFollower(one))?.id === rollback.id,
    turn: turnOf(history, rollback, now, policy.rollback),
  })
}

const isUrgent = ({ severity, closed }: IncidentState): boolean =>
  closed === undefined && (severity === 'critical' || severity === 'high')

/** The level that was asked when the plan was shown, by the start and the policies that were known then: what is learnt later asks another. */
function askedFirst(history: History, rollback: RollbackState, now: Instant, policy: Policy): Role {
  const { plannedAt = now, requestedAt } = rollback
  const then = incidentState(history.filter(({ at }) => at <= plannedAt))
  const row = windowInTime(
    matrixKnown(then, policy),
    then?.authorityStart ?? requestedAt,
    plannedAt,
  )
  return required(row, raiseOf(rollback)).role
}

/** When the incident needs the worker again: `now` or earlier means at once, `undefined` never. An undo is carried out in a closed one too. */
export function wakeOf(history: History, now: Instant, policy: Policy): Instant | undefined {
  const incident = incidentState(history)
  if (!incident) return undefined
  const rollbacks = rollbacksOf(history)
  const times = rollbacks.flatMap((rollback) => {
    const move = moveOf(history, rollback, now, policy)
    return nextLook(rollback, move, now, policy) ?? []
  })
  const idle = incident.closed ? undefined : idleAt(history, rollbacks, policy)
  const thaw = freezeWake(history, now, policy.rollback)
  const decide = decisionClock(history, policy)?.due
  const sync = syncWake(history, now, policy.rollback)
  const all = [...times, idle, thaw, decide, sync].filter((time) => time !== undefined)
  return all.length === 0 ? undefined : instant(Math.min(...all))
}

function nextLook(
  rollback: RollbackState,
  move: Move,
  now: Instant,
  { rollback: policy }: Policy,
): Instant | undefined {
  switch (move.kind) {
    case 'clear':
    case 'remove':
    case 'wait':
      return leftoverWake(move, now)
    case 'verify':
    case 'take-turn':
      return plus(now, policy.verifyEveryMicros)
    case 'watch': {
      const end = plus(rollback.verifiedAt ?? now, policy.watchMicros)
      const next = plus(now, policy.watchEveryMicros)
      return end > now && end < next ? end : next
    }
    default:
      return now
  }
}

/** How long an alert of which nothing more is heard counts as firing. */
const longestAlert = hours(24)

/** An incident in which nothing is under way closes after a quiet while. */
export function idleAt(
  history: History,
  rollbacks: readonly RollbackState[],
  policy: Policy,
): Instant | undefined {
  if (rollbacks.some((one) => isOpen(one) || one.phase === 'watching' || one.phase === 'stuck'))
    return undefined
  const last = history.at(-1)
  // What fires goes on; that it has ended may have been lost, and no incident stays open for ever.
  const fires = incidentState(history)?.alerts.some(isFiring) ?? false
  const quiet = policy.rollback.incidentIdleMicros
  return last && plus(last.at, fires ? micros(Math.max(quiet, longestAlert)) : quiet)
}
