import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { isWorse, type Severity, worse } from '#domain/incident/severity.ts'
import { openToMembers } from '#domain/incident/start.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import { hours, type Instant, instant } from '#domain/time.ts'
import { machineOf, sourceNames, type TakenAlert } from './alert.ts'
import type { KnownAlert } from './known-alert.ts'

/** Conditions that one incident lists, and rounds of one of them; more are not written down one by one. */
export const mostListed = 20
export const mostRounds = 5

/**
 * What alerts add to the record of an open incident: each news once, an earlier start, a higher severity – never a later or lower one.
 * Taken again after a crash they add nothing.
 */
export function alertEvents(
  incident: IncidentState,
  history: History,
  taken: readonly TakenAlert[],
  now: Instant,
): readonly TimelineEvent[] {
  const listed = listing(incident, taken)
  const fresh = listed.fired
  const [first, ...others] = fresh
  if (!first) return listed.events
  const start = honestStart(fresh, now)
  const earlier: readonly TimelineEvent[] =
    start < incident.startedAt && openToMembers(start, incident, history, now)
      ? [
          {
            kind: 'incident_start_changed',
            startedAt: start,
            reason: `${earliestOf(fresh).name} fires since then`,
            by: machineOf(earliestOf(fresh).source),
          },
        ]
      : []
  const worst = worstOf(fresh)
  const raised: readonly TimelineEvent[] =
    worst !== null && isWorse(worst, incident.severity)
      ? [
          {
            kind: 'severity_changed',
            from: incident.severity,
            to: worst,
            reason: `${sourceNames[first.source]}: ${[first, ...others].find(({ severity }) => severity === worst)?.name ?? first.name}`,
            by: machineOf(first.source),
          },
        ]
      : []
  return [...listed.events, ...earlier, ...raised]
}

const day = hours(24)

/** When it began at the latest guess that is honest: no alert begins in the future, and none older than a day tells when this began. */
export function honestStart(taken: readonly TakenAlert[], now: Instant): Instant {
  const starts = taken.map(({ startsAt }) => Math.max(Math.min(startsAt, now), now - day))
  return instant(Math.min(now, ...starts))
}

export const worstOf = (taken: readonly TakenAlert[]): Severity | null =>
  taken.reduce<Severity | null>(
    (worst, { severity }) =>
      severity === null ? worst : worst === null ? severity : worse(severity, worst),
    null,
  )

function earliestOf(taken: readonly TakenAlert[]): TakenAlert {
  const [first] = taken.toSorted((a, b) => a.startsAt - b.startsAt)
  if (!first) throw new RangeError('no alert')
  return first
}

/** Goes through them one after the other, each as it is after those before it. */
function listing(incident: IncidentState, taken: readonly TakenAlert[]) {
  const known = new Map<string, Pick<KnownAlert, 'status' | 'rounds' | 'startsAt'>>(
    incident.alerts.map((one) => [one.alert, one]),
  )
  let isFull = incident.moreAlerts
  const events: TimelineEvent[] = []
  const fired: TakenAlert[] = []
  for (const alert of taken) {
    const { key, source, name, summary, startsAt, severity, rollback: asks } = alert
    const before = known.get(key)
    if (alert.status === 'resolved') {
      if (before?.status !== 'firing' || startsAt < before.startsAt) continue
      events.push({ kind: 'alert_resolved', alert: key, source, name })
      known.set(key, { ...before, status: 'resolved' })
    } else if (before && (before.status !== 'resolved' || startsAt <= before.startsAt)) {
      // A repetition, or one that is not followed any more.
    } else if (before && before.rounds >= mostRounds) {
      events.push({ kind: 'alerts_withheld', because: 'flapping', alert: key, name })
      known.set(key, { ...before, status: 'flapping' })
    } else if (!before && known.size >= mostListed && !isNeeded(alert)) {
      if (!isFull)
        events.push({ kind: 'alerts_withheld', because: 'many', alert: null, name: null })
      isFull = true
    } else {
      events.push({
        kind: 'alert_fired',
        alert: key,
        source,
        name,
        summary,
        startsAt,
        severity,
        asks,
      })
      known.set(key, { status: 'firing', rounds: (before?.rounds ?? 0) + 1, startsAt })
      fired.push(alert)
    }
  }
  return { events, fired }

  /** Full or not, what raises the severity is heard, and one that asks for a rollback: a handful more at most. */
  function isNeeded({ severity, rollback }: TakenAlert): boolean {
    const worst = worstOf(fired) ?? incident.severity
    const isGraver = severity !== null && isWorse(severity, worse(worst, incident.severity))
    const isAsked =
      incident.alerts.some(({ asks }) => asks !== null) ||
      fired.some((one) => one.rollback !== null)
    return isGraver || (rollback !== null && !isAsked)
  }
}
