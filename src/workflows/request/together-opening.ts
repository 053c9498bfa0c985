import type { TimelineEvent } from '#domain/incident/events.ts'
import { type Severity, worse } from '#domain/incident/severity.ts'
import { incidentState } from '#domain/incident/state.ts'
import { severityOfReason, type TogetherRequest } from '#domain/rollback/request.ts'
import type { Opening } from '#workflows/incident/incident-for.ts'

/** Of those that are open the one that began first; else the first that was named gets one. */
export function homeOf(openings: readonly Opening[]): number {
  const open = [...openings.entries()].filter(([, { history }]) => history.length > 0)
  const [first] = open.toSorted(([, a], [, b]) => a.start - b.start)
  return first?.[0] ?? 0
}

export const severityOf = (
  { severity, reasonKind }: TogetherRequest,
  openings: readonly { readonly opening: Opening }[],
): Severity =>
  severity ??
  openings.reduce<Severity>(
    (worst, { opening }) => worse(worst, opening.severity),
    severityOfReason[reasonKind],
  )

/** Another of the services has an incident that began earlier: it counts for all of them (policy §5). */
export function stricterStart({ history, incident, start }: Opening): readonly TimelineEvent[] {
  const before = incidentState(history)
  return before && start < before.authorityStart
    ? [{ kind: 'stricter_start_found', incident, startedAt: start }]
    : []
}
