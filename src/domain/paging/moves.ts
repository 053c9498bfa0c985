import { limitsFor } from '#domain/assessment/limits.ts'
import type { PersonId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
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
  const by = history.map(({ event }) => decidedBy(event)).find((who) => who !== undefined)
  const seen = worthACall(history, policy)
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
function worthACall(history: History, policy: Policy): Seen | undefined {
  const incident = incidentState(history)
  if (!incident) return undefined
  const limits = limitsFor(policy, incident.service)
  for (const { event } of history) {
    if (event.kind === 'incident_closed' || decidedBy(event) !== undefined) return undefined
    const seen = signOf(event, limits)
    if (seen && levelOf(seen) === 'P0') return seen
  }
  return undefined
}
