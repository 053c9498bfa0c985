import type { AssessmentEvent } from '#domain/assessment/events.ts'
import {
  type AssessmentState,
  assessmentState,
  verdictOf,
  watchFor,
} from '#domain/assessment/state.ts'
import type { Saying } from '#domain/assessment/statement.ts'
import { statementText } from '#domain/assessment/statement-words.ts'
import { highest } from '#domain/authority/role.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { ago, clock } from '#domain/communication/words.ts'
import type { AssessmentId, DeliveryId, PersonId } from '#domain/ids.ts'
import { type Instant, minutes, plus } from '#domain/time.ts'
import type { AssessmentPorts } from './assess-service.ts'
import {
  allStatements,
  assessed,
  type Beside,
  besideOf,
  changeOfAssessment,
  isChange,
  tellIncident,
} from './record.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import type { World } from '#workflows/world.ts'

/** Somebody pressed a button of an assessment. `delivery` makes a repeated press the same one. */
export interface Pressed {
  readonly assessment: AssessmentId
  readonly by: PersonId
  readonly delivery: DeliveryId
}
type Ports = AssessmentPorts & Pick<World, 'assessments'>

interface Seen {
  readonly state: AssessmentState
  readonly now: Instant
  readonly beside: Beside
  /** Holds a role of authority for the service. */
  readonly hasLevel: boolean
  readonly about: Pressed & { readonly service: AssessmentState['service'] }
}
/** What is written, the press itself first; or why nothing is. */
type Outcome = readonly [AssessmentEvent, ...AssessmentEvent[]] | string

/** Looks at the service again every minute and says what changes, until the time is over or somebody stops it. */
export const watchService = (ports: Ports, pressed: Pressed): Promise<Answer> =>
  press(ports, pressed, ({ state, now, about }) =>
    state.watch
      ? `${state.service} is being watched already, until ${clock(state.watch.until, now)}.`
      : [{ kind: 'service_watch_begun', ...about, until: plus(now, watchFor) }],
  )

export const stopWatching = (ports: Ports, pressed: Pressed): Promise<Answer> =>
  press(ports, pressed, ({ state, about }) =>
    state.watch
      ? [watchEnded(state, 'stopped', about.by, about.delivery)]
      : `${state.service} is not being watched any more.`,
  )

/** Somebody who knows better says so. Stops the watch; closes nothing that others have opened. */
export const sayNoIncident = (
  ports: Ports,
  { reason, ...pressed }: Pressed & { readonly reason: string },
): Promise<Answer> =>
  press(ports, pressed, ({ state, about, now }) => {
    const { noIncident } = state
    if (noIncident) return `That was said already, ${ago(noIncident.at, now)}.`
    const said = { kind: 'no_incident_said', ...about, reason } as const
    return state.watch
      ? [said, watchEnded(state, 'not_an_incident', about.by, about.delivery)]
      : [said]
  })

/** The figures stay what they are; what a person adds is weighed with them at once. */
export const stateImpact = (
  ports: Ports,
  { said, ...pressed }: Pressed & { readonly said: Saying },
): Promise<Answer> =>
  press(ports, pressed, ({ state, about, now, beside }) => {
    const { by, delivery, service } = about
    const known = allStatements(state, beside)
    const isSaid = known.some((one) => one.by === by && statementText(one) === statementText(said))
    if (isSaid) return `You have said so of ${service} already.`
    const statements = [...known, { ...said, by, at: now, id: delivery }]
    return [{ kind: 'impact_stated', ...about, said }, again(ports, state, about, statements)]
  })

/** Whoever said something takes it back, or anybody who has authority over the service. */
export const withdraw = (
  ports: Ports,
  { of, ...pressed }: Pressed & { readonly of: DeliveryId },
): Promise<Answer> =>
  press(ports, pressed, ({ state, about, beside, hasLevel }) => {
    const known = allStatements(state, beside)
    const said = known.find(({ id }) => id === of)
    if (!said) return 'That does not stand any more.'
    if (said.by !== about.by && !hasLevel)
      return 'Only whoever said it can take it back, or somebody who holds a role for the service.'
    const rest = known.filter(({ id }) => id !== of)
    return [{ kind: 'statement_withdrawn', ...about, said }, again(ports, state, about, rest)]
  })

/** Nobody is called about the same service twice within this time, whoever asks and from wherever. */
const quiet = minutes(10)

export async function askOwner(ports: Ports, pressed: Pressed): Promise<Answer> {
  const before = assessmentState(await ports.timeline.read(pressed.assessment))
  const last = before && (await ports.assessments.ownerAsked(before.service))
  return press(ports, pressed, ({ state: { ownerAsked, service }, about, now }) => {
    if (ownerAsked) return `The owner was asked already, ${ago(ownerAsked.at, now)}.`
    if (last !== undefined && now - last < quiet)
      return `The owner of ${service} was asked ${ago(last, now)}, from another assessment. Nobody is called twice within ten minutes.`
    return [{ kind: 'owner_asked', ...about }]
  })
}

export const watchEnded = (
  state: AssessmentState,
  because: Extract<AssessmentEvent, { kind: 'service_watch_ended' }>['because'],
  by: PersonId | 'countermand',
  delivery?: DeliveryId,
): AssessmentEvent => {
  const to = verdictOf(state.latest)
  const { id: assessment, service, watch, since } = state
  return {
    kind: 'service_watch_ended',
    assessment,
    service,
    because,
    by,
    looks: watch?.looks ?? 0,
    from: watch?.from ?? to,
    to,
    since,
    ...(delivery === undefined ? {} : { delivery }),
  }
}

/** A watch is nobody's business but of those who see it; what it finds is. */
const isForIncident = (event: AssessmentEvent): boolean =>
  event.kind === 'assessed'
    ? isChange(event)
    : event.kind !== 'service_watch_begun' && event.kind !== 'service_watch_ended'

const again = (
  { policy }: Pick<Ports, 'policy'>,
  { latest }: AssessmentState,
  about: Seen['about'],
  statements: AssessmentState['statements'],
): AssessmentEvent =>
  assessed(
    { ...about, cause: 'said', before: verdictOf(latest), statements },
    { measured: latest.measured },
    policy,
  )

async function press(
  ports: Ports,
  pressed: Pressed,
  decide: (seen: Seen) => Outcome,
): Promise<Answer> {
  const { timeline, catalogue, directory } = ports
  const { assessment, by, delivery } = pressed
  const before = assessmentState(await timeline.read(assessment))
  const service = before && catalogue.get(before.service)
  if (!service) return { kind: 'nothing_found', what: 'that assessment' }
  const [standing, beside] = await Promise.all([
    directory.standing(by, service, AbortSignal.timeout(directoryDeadlineMs)),
    besideOf(ports, service.id),
  ])
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }
  const hasLevel = highest(standing.roles) !== undefined
  const refused = await timeline.decide<string | undefined>(assessment, (history, now) => {
    const state = assessmentState(history) ?? before
    const isRepeated = history.some(
      ({ event }) => 'delivery' in event && event.delivery === delivery,
    )
    const about = { ...pressed, service: service.id }
    const outcome = isRepeated ? [] : decide({ state, now, beside, hasLevel, about })
    if (typeof outcome === 'string') return { change: undefined, answer: outcome }
    const change = outcome.length > 0 ? changeOfAssessment(outcome, history, now) : undefined
    return { change, answer: undefined }
  })
  if (refused !== undefined) return { kind: 'not_written', why: refused }
  const history = await timeline.read(assessment)
  const state = assessmentState(history)
  const written = history.flatMap(({ event }) =>
    'assessment' in event && 'delivery' in event && event.delivery === delivery ? event : [],
  )
  const [did] = written
  if (!state || !did) return { kind: 'nothing_found', what: 'that request' }
  for (const event of written.filter(isForIncident))
    await tellIncident(ports, beside.incident, event)
  return { kind: 'assessment_changed', did, assessment: state, incident: beside.incident }
}
