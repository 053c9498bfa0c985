import type { AssessmentId, DeliveryId, PersonId, ServiceId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import type { AssessmentEvent, AssessmentEventOf, Verdict } from './events.ts'
import type { Statement } from './statement.ts'

/** One look a minute, for a quarter of an hour. */
export const watchEvery = minutes(1)
export const watchFor = minutes(15)

export interface Watch {
  readonly by: PersonId
  readonly begunAt: Instant
  readonly until: Instant
  /** As it was when the watch began. */
  readonly from: Verdict
  readonly looks: number
  readonly lookedAt: Instant
}

export interface AssessmentState {
  readonly id: AssessmentId
  readonly service: ServiceId
  readonly askedBy: PersonId | 'countermand'
  /** Where its card stands; nowhere while nobody but the asker has seen it. */
  readonly place: { readonly channel: string; readonly ts: string } | undefined
  readonly first: AssessmentEventOf<'assessed'>
  readonly latest: AssessmentEventOf<'assessed'>
  /** Since when it comes to what it comes to. */
  readonly since: Instant
  /** What was said because of this one and not withdrawn. */
  readonly statements: readonly Statement[]
  readonly watch: Watch | undefined
  readonly noIncident:
    | { readonly by: PersonId; readonly at: Instant; readonly reason: string }
    | undefined
  readonly ownerAsked: { readonly by: PersonId; readonly at: Instant } | undefined
}

/** An assessment as its events tell it; `undefined` while there is none. */
export function assessmentState(history: History): AssessmentState | undefined {
  return history.reduce<AssessmentState | undefined>(after, undefined)
}

/** When it wants to be looked at without anybody asking. */
export const nextLook = ({ watch }: AssessmentState): Instant | undefined =>
  watch && instant(Math.min(watch.until, watch.lookedAt + watchEvery))

export const verdictOf = ({ found }: AssessmentEventOf<'assessed'>): Verdict => ({
  advice: found.advice,
  severity: found.severity,
})

export const isSameVerdict = (one: Verdict, other: Verdict): boolean =>
  one.advice === other.advice && one.severity === other.severity

/** Everything that was said on a timeline and not withdrawn, the oldest first. */
export function statementsOn(history: History): readonly Statement[] {
  const gone = new Set<DeliveryId>(
    history.flatMap(({ event }) => (event.kind === 'statement_withdrawn' ? event.said.id : [])),
  )
  return history.flatMap(({ event, at }) =>
    event.kind === 'impact_stated' && !gone.has(event.delivery)
      ? { ...event.said, by: event.by, at, id: event.delivery }
      : [],
  )
}

function after(
  state: AssessmentState | undefined,
  recorded: Recorded,
): AssessmentState | undefined {
  const { at, event } = recorded
  if (!('assessment' in event)) return state
  if (event.kind === 'assessed') return state ? again(state, event, at) : begun(event, at)
  return state && changed(state, event, at)
}

const begun = (event: AssessmentEventOf<'assessed'>, at: Instant): AssessmentState => ({
  id: event.assessment,
  service: event.service,
  askedBy: event.by,
  place: undefined,
  first: event,
  latest: event,
  since: at,
  statements: [],
  watch: undefined,
  noIncident: undefined,
  ownerAsked: undefined,
})

function again(
  state: AssessmentState,
  event: AssessmentEventOf<'assessed'>,
  at: Instant,
): AssessmentState {
  const { watch, latest, since } = state
  return {
    ...state,
    latest: event,
    since: isSameVerdict(verdictOf(latest), verdictOf(event)) ? since : at,
    watch:
      watch && event.cause === 'watch' ? { ...watch, looks: watch.looks + 1, lookedAt: at } : watch,
  }
}

function changed(
  state: AssessmentState,
  event: Exclude<AssessmentEvent, { kind: 'assessed' }>,
  at: Instant,
): AssessmentState {
  switch (event.kind) {
    case 'assessment_shown':
      return { ...state, place: { channel: event.channel, ts: event.ts } }
    case 'impact_stated': {
      const { said, by, delivery: id } = event
      const statements = [...state.statements, { ...said, by, at, id }]
      // Whoever adds what is bad takes back that nothing is.
      return { ...state, statements, noIncident: undefined }
    }
    case 'statement_withdrawn':
      return { ...state, statements: state.statements.filter(({ id }) => id !== event.said.id) }
    case 'service_watch_begun': {
      const { by, until } = event
      const from = verdictOf(state.latest)
      return { ...state, watch: { by, begunAt: at, until, from, looks: 0, lookedAt: at } }
    }
    case 'service_watch_ended':
      return { ...state, watch: undefined }
    case 'no_incident_said':
      return { ...state, noIncident: { by: event.by, at, reason: event.reason } }
    case 'owner_asked':
      return { ...state, ownerAsked: { by: event.by, at } }
  }
}
