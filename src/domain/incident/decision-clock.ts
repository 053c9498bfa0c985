import { isFiring } from '#domain/alerts/known-alert.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Policy } from '#domain/policy.ts'
import { isOpen, type Phase } from '#domain/rollback/phase.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, instant, type Micros, plus } from '#domain/time.ts'
import { isDecision } from './decided.ts'
import type { History, Recorded } from './events.ts'
import { isWorse, type Severity } from './severity.ts'
import { afterRecorded, type IncidentState, incidentState } from './state.ts'

/** How long people have to decide, since what was detected (policy §1). */
export interface DecisionClock {
  readonly since: Instant
  readonly within: Micros
  readonly due: Instant
}

type Limits = AssessmentPolicy['decideWithin']

/**
 * The clock that runs out first; `undefined` where nothing waits for a decision, one was made, or it was said once that the time is
 * over. What is found later has its time from then on, and so has everything when people are waited for again.
 */
export function decisionClock(history: History, policy: Policy): DecisionClock | undefined {
  const incident = incidentState(history)
  if (!incident || incident.closed || incident.isOverdue) return undefined
  if (history.some(({ event }) => isDecision(event))) return undefined
  const waitingSince = waitsSince(history)
  if (waitingSince === undefined) return undefined
  const { decideWithin } = limitsFor(policy, incident.service)
  return history
    .reduce<readonly DecisionClock[]>((clocks, recorded) => {
      const within = startedBy(recorded, decideWithin)
      const running = isLowered(recorded) ? [] : clocks
      if (within === undefined) return running
      const since = instant(Math.max(recorded.at, waitingSince))
      return [...running, { since, within, due: plus(since, within) }]
    }, [])
    .toSorted((a, b) => a.due - b.due)[0]
}

const undecided: readonly Phase[] = ['awaiting_plan', 'awaiting_approval']

/** When people began to be waited for, the last time: an alert may have ended and fired again. `undefined` while nobody is. */
function waitsSince(history: History): Instant | undefined {
  let since: Instant | undefined
  let incident: IncidentState | undefined
  let asked: RollbackState | undefined
  for (const [index, recorded] of history.entries()) {
    incident = afterRecorded(incident, recorded)
    if ('rollback' in recorded.event) asked = rollbacksOf(history.slice(0, index + 1)).at(-1)
    since = waits(incident, asked) ? (since ?? recorded.at) : undefined
  }
  return since
}

/**
 * Somebody, or an alert, wants something to be done now. Nobody is waited for while automation counts down, nor for what was asked
 * for at a later time; where the window has passed a higher level was asked already.
 */
function waits(incident: IncidentState | undefined, asked: RollbackState | undefined): boolean {
  if (!asked || !isOpen(asked)) return incident?.alerts.some(isFiring) ?? false
  const { phase, notBefore, escalatedTo, countdown } = asked
  return (
    undecided.includes(phase) &&
    notBefore === null &&
    escalatedTo === undefined &&
    countdown === undefined
  )
}

/** Somebody has looked, and found it less bad. */
const isLowered = ({ event }: Recorded): boolean =>
  event.kind === 'severity_changed' && isWorse(event.from, event.to)

function startedBy({ event }: Recorded, limits: Limits): Micros | undefined {
  switch (event.kind) {
    case 'incident_declared':
      return ofSeverity(event.severity, limits)
    case 'severity_changed':
      return ofSeverity(event.to, limits)
    case 'rollback_requested':
      return event.reasonKind === 'security' ? limits.security : undefined
    case 'assessed':
      return event.found.decideWithin ?? undefined
    default:
      return undefined
  }
}

function ofSeverity(severity: Severity, { critical, usual }: Limits): Micros | undefined {
  switch (severity) {
    case 'critical':
      return critical
    case 'high':
    case 'medium':
      return usual
    case 'low':
      return undefined
  }
}
