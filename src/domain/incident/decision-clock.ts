import { isFiring } from '#domain/alerts/known-alert.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Policy } from '#domain/policy.ts'
import type { Phase } from '#domain/rollback/phase.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { type Instant, type Micros, plus } from '#domain/time.ts'
import { decidedBy } from './decided.ts'
import type { History, Recorded } from './events.ts'
import { isWorse, type Severity } from './severity.ts'
import { incidentState } from './state.ts'

/** How long people have to decide, since what was detected (policy §1). */
export interface DecisionClock {
  readonly since: Instant
  readonly within: Micros
  readonly due: Instant
}

type Limits = AssessmentPolicy['decideWithin']

/**
 * The clock that runs out first; `undefined` where nothing waits for a decision, one was made, or it was said once that the time is
 * over. What is found later has its time from then on.
 */
export function decisionClock(history: History, policy: Policy): DecisionClock | undefined {
  const incident = incidentState(history)
  if (!incident || incident.closed || incident.isOverdue || !waits(history)) return undefined
  if (history.some(isDecision)) return undefined
  const { decideWithin } = limitsFor(policy, incident.service)
  return history
    .reduce<readonly DecisionClock[]>((clocks, recorded) => {
      const within = startedBy(recorded, decideWithin)
      const running = isLowered(recorded) ? [] : clocks
      if (within === undefined) return running
      const { at } = recorded
      return [...running, { since: at, within, due: plus(at, within) }]
    }, [])
    .toSorted((a, b) => a.due - b.due)[0]
}

const undecided: readonly Phase[] = ['awaiting_plan', 'awaiting_approval']

/** Somebody, or an alert, wants something to be done now. What was asked for at a later time can wait, and where the window has passed a higher level was asked already. */
function waits(history: History): boolean {
  const fires = incidentState(history)?.alerts.some(isFiring) ?? false
  const asked = rollbacksOf(history).at(-1)
  if (!asked) return fires
  const { phase, notBefore, escalatedTo } = asked
  return undecided.includes(phase) && notBefore === null && escalatedTo === undefined
}

const isDecision = ({ event }: Recorded): boolean =>
  event.kind === 'automation_approved' || decidedBy(event) !== undefined

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
