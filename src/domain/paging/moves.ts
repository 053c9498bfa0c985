import { limitsFor } from '#domain/assessment/limits.ts'
import type { PersonId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { decidedBy } from '#domain/incident/decided.ts'
import type { Policy } from '#domain/policy.ts'
import { isPaging, type PagingEvent, roundOf } from './events.ts'
import { levelOf, type Seen, signOf } from './signs.ts'
import { afterPaging, type PageState, unpaged } from './state.ts'

/** What a pager is to be asked next; `round` as at `roundsOf`, absent for the first. */
export type PageMove =
  | { readonly do: 'call'; readonly seen: Seen; readonly round?: number }
  | { readonly do: 'acknowledge'; readonly by: PersonId; readonly round?: number }
  | { readonly do: 'resolve' }

/**
 * By the record and the policy alone. People are called once for an incident, at its first P0 sign, while nobody has decided; and once more
 * when what they decided stops half way. When somebody has, the pager is told so; when the incident is over, too – also where it may only have been called. What automation decides stops no call: nobody has looked yet.
 */
export function pageMove(history: History, policy: Policy): PageMove | undefined {
  const incident = incidentState(history)
  if (!incident) return undefined
  const round = roundsOf(history).at(-1)
  const recent = round === undefined ? history : history.filter(({ seq }) => seq >= round)
  const { called, failure, isAcknowledged, isResolved } = pageIn(history, round)
  const isOver = (doing: PageMove['do']) => failure?.doing === doing && failure.isFinal
  const by = recent.map(({ event }) => answeredBy(event)).find((who) => who !== undefined)
  const seen = worthACall(incident, recent, policy)
  // A call that got no answer, or of which no row was left, may have arrived; one that was refused has not.
  const mayRing =
    called !== undefined ||
    incident.page.called !== undefined ||
    isAcknowledged ||
    ((seen !== undefined || failure !== undefined) && !isOver('call'))
  if (incident.closed)
    return mayRing && !isResolved && !isOver('resolve') ? { do: 'resolve' } : undefined
  const inRound = round === undefined ? {} : { round }
  if (by !== undefined)
    return mayRing && !isAcknowledged && !isOver('acknowledge')
      ? { do: 'acknowledge', by, ...inRound }
      : undefined
  return !seen || called || isOver('call') ? undefined : { do: 'call', seen, ...inRound }
}

/**
 * Where people are called anew, by the place on the record of what stopped half way after somebody had answered: whoever approved a change does not
 * know yet that it did. Empty for almost every incident.
 */
export function roundsOf(history: History): readonly number[] {
  const rounds: number[] = []
  let isAnswered = false
  for (const { seq, event } of history) {
    if (answeredBy(event) !== undefined) isAnswered = true
    if (!isAnswered || !('left' in event) || event.left !== 'halfway') continue
    rounds.push(seq)
    isAnswered = false
  }
  return rounds
}

/** What has been asked in a round; the end of the incident is that of all. */
const pageIn = (history: History, round: number | undefined): PageState =>
  history.reduce(
    (page, { at, event }) =>
      isPaging(event) && (isEnd(event) || roundOf(event) === round)
        ? afterPaging(page, at, event)
        : page,
    unpaged,
  )

const isEnd = (event: PagingEvent): boolean =>
  event.kind === 'page_resolved' || (event.kind === 'page_failed' && event.doing === 'resolve')

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
