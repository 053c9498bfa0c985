import { windowInTime } from '#domain/authority/matrix.ts'
import { highest, isAtLeast } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { ago } from '#domain/communication/words.ts'
import type { DeliveryId, IncidentId, PersonId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { directoryDeadlineMs } from '#workflows/facts.ts'
import { changeOf } from '#workflows/record.ts'
import type { World } from '#workflows/world.ts'

export type SayingPorts = Pick<World, 'timeline' | 'policy' | 'directory' | 'catalogue'>

/** Somebody says something about an incident. `delivery` makes a repeated request the same one. */
export interface Said {
  readonly incident: IncidentId
  readonly by: PersonId
  readonly delivery: DeliveryId
}

export interface Seen {
  readonly incident: IncidentState
  readonly history: History
  readonly now: Instant
  /** The answer for somebody who is below the level of this minute; `undefined` for everybody else. */
  lacksLevel(what: Extract<Answer, { kind: 'needs_level' }>['what']): Answer | undefined
}

/** What is written, or why not. */
export type Outcome = { readonly event: TimelineEvent } | { readonly refused: Answer }

/** Writes down what a full member says about an incident, once per delivery. `decide` must be pure. */
export async function say(
  { timeline, policy, directory, catalogue }: SayingPorts,
  { incident: id, by, delivery }: Said,
  decide: (seen: Seen) => Outcome,
): Promise<Answer> {
  const before = incidentState(await timeline.read(id))
  const service = before && catalogue.get(before.service)
  if (!before || !service) return { kind: 'nothing_found', what: 'that incident' }
  const signal = AbortSignal.timeout(directoryDeadlineMs)
  const standing = await directory.standing(by, service, signal)
  if (standing.kind === 'outsider') return { kind: 'may_not_request', why: standing.why }

  return timeline.decide<Answer>(id, (history, now) => {
    const repeated = history.find(({ event }) => 'delivery' in event && event.delivery === delivery)
    if (repeated) return { change: undefined, answer: answerTo(repeated.event, repeated.at) }
    const incident = incidentState(history) ?? before
    const { matrix } = policyInForce(incident, policy)
    const needs = windowInTime(matrix, incident.authorityStart, now).mayAuthorize
    const outcome = decide({
      incident,
      history,
      now,
      lacksLevel: (what) => lacking(what, needs, standing),
    })
    if ('refused' in outcome) return { change: undefined, answer: outcome.refused }
    const event = { ...outcome.event, delivery }
    return {
      change: changeOf([event], { history, now, policy, actor: by }),
      answer: answerTo(event, now),
    }
  })
}

type Member = Extract<Standing, { kind: 'member' }>
type Level = Extract<Answer, { kind: 'needs_level' }>

function lacking(what: Level['what'], needs: Level['needs'], { roles }: Member): Level | undefined {
  const holds = highest(roles)
  return holds && isAtLeast(holds, needs)
    ? undefined
    : { kind: 'needs_level', what, needs, holds: holds ?? null }
}

/** From the event alone, so that a request delivered twice gets the same answer. */
function answerTo(event: TimelineEvent, at: Instant): Answer {
  switch (event.kind) {
    case 'note_added':
      return { kind: 'noted', what: 'note', text: event.text }
    case 'corrected':
      return { kind: 'noted', what: 'correction', text: event.text }
    case 'severity_changed':
      return { kind: 'noted', what: 'severity', text: event.to }
    case 'incident_start_changed':
      return { kind: 'noted', what: 'start', text: ago(event.startedAt, at) }
    case 'announced':
      return { kind: 'noted', what: 'announcement', text: event.text }
    case 'checklist_ticked':
      return { kind: 'ticked', item: event.item }
    case 'post_mortem_asked':
      return { kind: 'drafted', rollback: event.draftOf }
    default:
      return { kind: 'nothing_found', what: 'that request' }
  }
}

/** The draft of the post-mortem as a file under the newest card, whenever somebody wants it. */
export const askPostMortem = (ports: SayingPorts, said: Said): Promise<Answer> =>
  say(ports, said, ({ history }) => {
    const latest = rollbacksOf(history).at(-1)
    return latest
      ? { event: { kind: 'post_mortem_asked', draftOf: latest.id, by: said.by } }
      : { refused: { kind: 'nothing_found', what: 'a rollback to write about' } }
  })
