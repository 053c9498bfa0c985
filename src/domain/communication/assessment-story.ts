import type { AssessmentEvent } from '#domain/assessment/events.ts'
import { statementText } from '#domain/assessment/statement-words.ts'
import { verdictText } from '#domain/assessment/verdict-words.ts'
import type { Instant } from '#domain/time.ts'
import { person, quoted, type Telling, tell } from './telling.ts'
import { clock, count } from './words.ts'

/** What was found of a service, and what people said of it. */
export function assessmentStory(event: AssessmentEvent, at: Instant): Telling {
  switch (event.kind) {
    case 'assessed':
      return assessed(event)
    case 'assessment_shown':
      return tell`the assessment was shown`
    case 'impact_stated':
      return tell`${person(event.by)} says of ${event.service}: ${statementText(event.said)}`
    case 'statement_withdrawn':
      return tell`${person(event.by)} takes back what ${event.by === event.said.by ? 'they' : person(event.said.by)} said: ${statementText(event.said)}`
    case 'service_watch_begun':
      return tell`${person(event.by)} has ${event.service} watched until ${clock(event.until, at)}: one look a minute, and a line for each change`
    case 'service_watch_ended':
      return watched(event, at)
    case 'no_incident_said':
      return tell`${person(event.by)} says that this is no incident of ${event.service}: ${quoted(event.reason)}`
    case 'owner_asked':
      return tell`${person(event.by)} asked the owner of ${event.service}`
  }
}

type Of<Kind extends AssessmentEvent['kind']> = Extract<AssessmentEvent, { kind: Kind }>

function assessed({ by, cause, service, found, before }: Of<'assessed'>): Telling {
  const { confidence, because } = found
  const verdict = tell`${verdictText(found, service)} – ${confidence.level} (${confidence.answered} of ${confidence.asked} signals), because ${because}`
  const was = before ? `, was ${verdictText(before, service)}` : ''
  switch (cause) {
    case 'asked':
      return tell`${person(by)} asked how bad it is with ${service}: ${verdict}`
    case 'watch':
      return tell`${verdict}${was}`
    case 'said':
      return tell`with what was said: ${verdict}${was}`
  }
}

function watched(event: Of<'service_watch_ended'>, at: Instant): Telling {
  const { because, looks, from, to, since, service, by } = event
  const end =
    because === 'stopped'
      ? tell`${person(by)} stopped the watch of ${service}`
      : tell`the watch of ${service} is over${endings[because]}`
  const isSame = from.advice === to.advice && from.severity === to.severity
  const came = isSame
    ? `it stayed “${verdictText(to, service)}”`
    : `from “${verdictText(from, service)}” to “${verdictText(to, service)}”, since ${clock(since, at)}`
  return tell`${end}: ${looks === 0 ? 'nobody had looked yet' : `${count(looks, 'look')}, ${came}`}`
}

const endings = {
  time: '',
  not_an_incident: ', because it is no incident',
  removed: ', because it is no longer configured',
} as const
