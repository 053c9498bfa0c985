import { limitsFor } from '#domain/assessment/limits.ts'
import type { PersonId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { decidedBy } from '#domain/incident/decided.ts'
import type { Policy } from '#domain/policy.ts'
import { levelOf, type Seen, signOf } from './signs.ts'

/** What a pager is to be asked next. */
export type PageMove =
  | { readonly do: 'call'; readonly seen: Seen }
  | { readonly do: 'acknowledge'; readonly by: PersonId }
  | { readonly do: 'resolve' }

/**
 * By the record and the policy alone. People are called once for an incident, at its first P0 sign, while nobody has decided. When
 * somebody has, the pager is told so; when the incident is over, too – also where it may only have been called. What automation decides stops no call: nobody has looked yet.
 */
export function pageMove(history: History, policy: Policy): PageMove | undefined {
  const incident = incidentState(history)
  if (!incident) return undefined
  const { called, failure, isAcknowledged, isResolved } = incident.page
  const isOver = (doing: PageMove['do']) => failure?.doing === doing && failure.isFinal
  const recent = sinceHalfway(history)
  const by = recent.map(({ event }) => answeredBy(event)).find((who) => who !== undefined)
  const seen = worthACall(incident, recent, policy)
  // A call that got no answer, or of which no row was left, may have arrived; one that was refused has not.
  const mayRing =
    called !== undefined ||
    isAcknowledged ||
    ((seen !== undefined || failure !== undefined) && !isOver('call'))
  if (incident.closed)
    return mayRing && !isResolved && !isOver('resolve') ? { do: 'resolve' } : undefined
  if (by !== undefined)
    return mayRing && !isAcknowledged && !isOver('acknowledge')
      ? { do: 'acknowledge', by }
      : undefined
  return !seen || called || isOver('call') ? undefined : { do: 'call', seen }
}

/** The first P0 sign, where nobody had decided yet and all was not over. */
function worthACall(
  { service }: Pick<IncidentState, 'service'>,
  history: History,
  policy: Policy,
): Seen | undefined {
  const limits = limitsFor(policy, service)
  for (const { event } of history) {
    if (event.kind === 'incident_closed' || answeredBy(event) !== undefined) return undefined
    const seen = signOf(event, limits)
    if (seen && levelOf(seen) === 'P0') return seen
  }
  return undefined
}

/** Somebody chose what is done about a change that stopped: that is looking, too. */
const answeredBy = (event: TimelineEvent): PersonId | undefined =>
  event.kind === 'undo_authorised' || event.kind === 'step_retried' || event.kind === 'way_left'
    ? event.by
    : decidedBy(event)

/** Whoever approved a change does not know yet that it stopped half way: what was decided before that is no answer to it. */
const sinceHalfway = (history: History): History =>
  history.slice(
    Math.max(
      0,
      history.findLastIndex(({ event }) => 'left' in event && event.left === 'halfway'),
    ),
  )
