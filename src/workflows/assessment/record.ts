import { createHash } from 'node:crypto'
import { assess } from '#domain/assessment/assess.ts'
import { kept } from '#domain/assessment/curve.ts'
import type { AssessmentEvent, AssessmentEventOf } from '#domain/assessment/events.ts'
import { factsWith } from '#domain/assessment/facts-with.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import {
  type AssessmentState,
  assessmentState,
  isSameVerdict,
  nextLook,
  statementsOn,
  verdictOf,
} from '#domain/assessment/state.ts'
import { statedFindings } from '#domain/assessment/stated-findings.ts'
import { isImpact, type Statement } from '#domain/assessment/statement.ts'
import type { Notice } from '#domain/communication/notice.ts'
import {
  type AssessmentId,
  assessmentId,
  type DeliveryId,
  type IncidentId,
  type ServiceId,
} from '#domain/ids.ts'
import type { History, Recorded, TimelineEvent } from '#domain/incident/events.ts'
import { isWorse, type Severity } from '#domain/incident/severity.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { type Instant, instant } from '#domain/time.ts'
import type { Change } from '#ports/store.ts'
import type { Looked } from './measure-service.ts'
import { actorOf, changeOf, recordedAfter } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

type Ports = Pick<World, 'timeline' | 'policy'>

/** A request has one assessment, however often it is delivered. */
export const assessmentOf = (delivery: DeliveryId): AssessmentId =>
  assessmentId(`as-${createHash('sha256').update(delivery).digest('hex').slice(0, 20)}`)

type About = Pick<
  AssessmentEventOf<'assessed'>,
  'assessment' | 'service' | 'cause' | 'by' | 'before' | 'statements'
> & { readonly delivery?: DeliveryId }

/** What the figures and the statements come to by the present policy. */
export function assessed(
  about: About,
  { measured, curves }: Pick<Looked, 'measured'> & Partial<Pick<Looked, 'curves'>>,
  policy: Policy,
): AssessmentEventOf<'assessed'> {
  const drawn = (curves ?? []).flatMap((curve) => kept(curve) ?? [])
  return {
    kind: 'assessed',
    ...about,
    measured,
    found: assess(factsWith(measured, about.statements), limitsFor(policy, about.service)),
    policy: policy.hash,
    ...(drawn.length > 0 ? { curves: drawn } : {}),
  }
}

/** Everything that follows from events of an assessment: its card is drawn again, what people wait for is told, and when to look again. */
export function changeOfAssessment(
  events: readonly AssessmentEvent[],
  history: History,
  now: Instant,
): Change {
  const actor = actorOf(events)
  const added = recordedAfter(history, events, { now, actor })
  const state = assessmentState([...history, ...added])
  return {
    events,
    actor,
    notices: state?.place || history.length > 0 ? noticesOf(added) : [],
    wakeAt: (state && nextLook(state)) ?? null,
    jobs: [],
  }
}

function noticesOf(added: History): readonly Notice[] {
  const isSeen = added.some(({ event }) => event.kind !== 'assessment_shown')
  return [
    ...(isSeen ? [{ kind: 'assessment' } as const] : []),
    ...added.flatMap(({ event, seq }): readonly Notice[] => {
      if (event.kind === 'owner_asked') return [{ kind: 'owner' }, { kind: 'reply', seq }]
      const isLoud = event.kind === 'assessed' ? isChange(event) : event.kind !== 'assessment_shown'
      return isLoud ? [{ kind: 'reply', seq }] : []
    }),
  ]
}

/** Only another verdict or another severity is worth a line. */
export const isChange = (event: AssessmentEventOf<'assessed'>): boolean =>
  event.before !== null && !isSameVerdict(event.before, verdictOf(event))

export interface Beside {
  readonly incident: IncidentId | undefined
  /** What was said on the timeline of the incident. */
  readonly statements: readonly Statement[]
  readonly startedAt: Instant | undefined
}

/** The open incident of the service. */
export async function besideOf({ timeline }: Ports, service: ServiceId): Promise<Beside> {
  const [incident] = await timeline.openIncidents(service)
  const history = incident === undefined ? [] : await timeline.read(incident)
  const startedAt = incidentState(history)?.startedAt
  return { incident, statements: statementsOn(history), startedAt }
}

/** Each statement once, whether it was said because of this assessment or of another one in the same incident. */
export function allStatements(
  state: Pick<AssessmentState, 'statements'> | undefined,
  { statements }: Pick<Beside, 'statements'>,
): readonly Statement[] {
  const own = state?.statements ?? []
  return [...statements.filter(({ id }) => !own.some((said) => said.id === id)), ...own].toSorted(
    (one, other) => one.at - other.at,
  )
}

/**
 * Puts what an assessment came to on the timeline of the open incident as well; once, however often it is called. What somebody
 * states raises the severity of the incident, never lowers it: that needs the level of the minute.
 */
export async function tellIncident(
  { timeline, policy }: Ports,
  incident: IncidentId | undefined,
  event: AssessmentEvent,
): Promise<void> {
  if (incident === undefined) return
  await timeline.decide(incident, (history, now) => {
    const state = incidentState(history)
    const isThere = history.some((one) => isSame(one.event, event))
    if (!state || state.closed || isThere || isOlder(event, state))
      return { change: undefined, answer: undefined }
    const events = [withoutCurves(event), ...raised(event, state.severity, policy)]
    const actor = 'by' in event ? event.by : 'countermand'
    return { change: changeOf(events, { history, now, policy, actor }), answer: undefined }
  })
}

/** What a watch saw before there was an incident is no part of it. */
const isOlder = (event: AssessmentEvent, { declaredAt }: IncidentState): boolean =>
  event.kind === 'assessed' &&
  event.cause === 'watch' &&
  event.measured.circumstances.now < declaredAt

/** What only a picture needs stays with the assessment. */
function withoutCurves(event: AssessmentEvent): AssessmentEvent {
  if (event.kind !== 'assessed') return event
  const { curves: _curves, ...rest } = event
  return rest
}

function raised(event: AssessmentEvent, from: Severity, policy: Policy): readonly TimelineEvent[] {
  if (event.kind !== 'impact_stated' || !isImpact(event.said)) return []
  const { by, delivery, said } = event
  const limits = limitsFor(policy, event.service)
  const [finding] = statedFindings([{ ...said, by, at: instant(0) }], limits)
  const to = finding?.severity
  return finding && to && isWorse(to, from)
    ? [{ kind: 'severity_changed', from, to, reason: finding.because, by, delivery }]
    : []
}

/** One request writes one event of a kind; a look is known by its moment. */
function isSame(one: Recorded['event'], other: AssessmentEvent): boolean {
  if (one.kind !== other.kind || !('assessment' in one) || one.assessment !== other.assessment)
    return false
  if (one.kind === 'assessed' && other.kind === 'assessed')
    return (
      one.measured.circumstances.now === other.measured.circumstances.now &&
      one.cause === other.cause &&
      one.delivery === other.delivery
    )
  return 'delivery' in one && 'delivery' in other && one.delivery === other.delivery
}
