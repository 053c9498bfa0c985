import type { WebClient } from '@slack/web-api'
import type { Answer } from '#domain/communication/answer.ts'
import { heldTo } from '#domain/authority/two-people.ts'
import { type IncidentId, type PersonId, personId, type RollbackId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { membersOf } from '#domain/rollback/together.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import { formerService, type Service } from '#domain/service.ts'
import type { Identity } from './admission/identity.ts'
import type { Asker, SlackParts } from './parts.ts'
import { reply } from './reply.ts'
import {
  answer,
  type ButtonAction,
  type Message,
  type RollbackButton,
  type Sign,
} from './views/index.ts'

/** The parts, and what the edge makes of them once at its start. */
export interface Edge extends SlackParts {
  readonly client: WebClient
  readonly sign: Sign
  readonly readButton: (value: string) => ButtonAction | undefined
  readonly responseOrigins: readonly string[]
  readonly identity: () => Identity | undefined
}

/** What a value of a card's button stands for; `undefined` for every other. */
export function rollbackButton(
  { readButton }: Pick<Edge, 'readButton'>,
  value: string | undefined,
): RollbackButton | undefined {
  const action = value === undefined ? undefined : readButton(value)
  return action && 'rollback' in action ? action : undefined
}

export const personOf = ({ team, user }: Pick<Asker, 'team' | 'user'>): PersonId =>
  personId(`${team}:${user}`)

/** A rollback as the record tells it, with everything a view of it needs. */
export interface Known {
  readonly incidentId: IncidentId
  readonly history: History
  readonly incident: IncidentState
  readonly rollback: RollbackState
  readonly service: Service
  /** All that were asked for together with it; empty where it was asked for alone. */
  readonly together: readonly RollbackState[]
}

export async function knownRollback(
  { timeline, catalogue }: Pick<Edge, 'timeline' | 'catalogue'>,
  id: RollbackId,
): Promise<Known | undefined> {
  const incidentId = await timeline.incidentOf(id)
  if (incidentId === undefined) return undefined
  const history = await timeline.read(incidentId)
  const incident = incidentState(history)
  const rollback = rollbackState(history, id)
  if (!incident || !rollback) return undefined
  const { service: name, plan } = rollback
  const service = catalogue.get(name) ?? formerService(name, plan?.target)
  const together = membersOf(history, rollback)
  return { incidentId, history, incident, rollback: heldTo(rollback, service), service, together }
}

/** An answer as a message, with the channel and the plan it speaks of. */
export async function messageFor(edge: Edge, said: Answer): Promise<Message> {
  const [known, now] = await Promise.all([
    'rollback' in said ? knownRollback(edge, said.rollback) : undefined,
    edge.timeline.now(),
  ])
  return answer(said, {
    now,
    sign: edge.sign,
    channel: known?.incident.channel?.id,
    room: known && roomOf(edge, known),
    rollback: known?.rollback,
    command: edge.slack.commands.rollback,
    promote: edge.slack.commands.promote,
  })
}

/** Where the incident is going to be talked about: incidents and their channels share a name. */
const roomOf = ({ slack }: Edge, { incidentId, service }: Known): string | undefined =>
  slack.incidentChannels === 'create' ? `#${incidentId}` : service.channel

/** Tells the person, privately, what came of it. */
export const tell = async (edge: Edge, asker: Asker, said: Answer): Promise<void> =>
  reply(edge, asker, await messageFor(edge, said))
