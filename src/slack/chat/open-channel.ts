import { unraised } from '#domain/authority/matrix.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import { isMachine } from '#domain/alerts/alert.ts'
import type { IncidentId, PersonId } from '#domain/ids.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Edge } from '../edge.ts'
import { isPassing, isRefused, refusalOf, whyOf } from '../failure.ts'
import { topic } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { invite } from './invite.ts'

export interface Opening {
  readonly incidentId: IncidentId
  readonly incident: IncidentState
  readonly rollback: RollbackState | undefined
  readonly service: Service
}

/** The incident's channel: its own, or the service's. Afterwards topic, members and links, each as far as Slack allows. Safe to repeat. */
export async function openChannel(edge: Edge, opening: Opening): Promise<void> {
  const { incidentId, incident } = opening
  const channel = incident.channel ?? (await found(edge, opening))
  if (!channel) return tellRequester(edge, opening)
  if (!incident.channel) await edge.workflows.channelOpened(incidentId, channel)
  if (!channel.created) return
  await furnish(edge, opening, channel.id)
}

interface Channel {
  readonly id: string
  readonly name: string
  readonly created: boolean
}

async function found(edge: Edge, opening: Opening): Promise<Channel | undefined> {
  const { slack, log } = edge
  if (slack.incidentChannels === 'create')
    try {
      return await created(edge, opening.incidentId)
    } catch (error) {
      if (isPassing(error) || refusalOf(error) === undefined) throw error
      log.warn({ why: whyOf(error) }, 'a channel for an incident could not be created')
    }
  for (const name of [opening.service.channel, slack.announceIn]) {
    const id = name === undefined ? undefined : await adopted(edge, name)
    if (name !== undefined && id !== undefined)
      return { id, name: name.replace(/^#/, ''), created: false }
  }
  return undefined
}

/** Names with a number behind them, when somebody else has the name. */
const mostTries = 5

async function created(edge: Edge, incident: IncidentId): Promise<Channel> {
  for (let attempt = 1; ; attempt += 1) {
    const name = attempt === 1 ? incident : `${incident}-${attempt}`
    try {
      const { channel } = await edge.client.conversations.create({ name })
      if (channel?.id === undefined) throw new Error('Slack did not name the channel it created')
      return { id: channel.id, name: channel.name ?? name, created: true }
    } catch (error) {
      if (!isRefused(error, 'name_taken') || attempt === mostTries) throw error
      const ours = await oursNamed(edge, name)
      if (ours !== undefined) return { id: ours, name, created: true }
    }
  }
}

/** We made it before, and the answer was lost or this process died. */
async function oursNamed(edge: Edge, name: string): Promise<string | undefined> {
  const id = await channelNamed(edge, name)
  if (id === undefined) return undefined
  const { channel } = await edge.client.conversations.info({ channel: id })
  return channel?.creator === edge.identity()?.botUserId ? id : undefined
}

async function adopted(edge: Edge, name: string): Promise<string | undefined> {
  const { client, log } = edge
  const id = await channelNamed(edge, name)
  if (id === undefined) return undefined
  const { channel } = await client.conversations.info({ channel: id })
  if (channel?.is_member === true) return id
  try {
    await client.conversations.join({ channel: id })
    return id
  } catch (error) {
    if (refusalOf(error) === undefined) throw error
    log.warn({ why: whyOf(error) }, 'a channel could not be joined')
    return undefined
  }
}

async function furnish(edge: Edge, opening: Opening, channel: string): Promise<void> {
  const { client, log, timeline, policy, directory } = edge
  const { incident, rollback, service } = opening
  const attempt = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      log.warn({ what, why: whyOf(error) }, 'a channel is not furnished as it should be')
    }
  }
  await attempt('members', async () => {
    const { matrix } = policyInForce(incident, policy)
    const who = whoDecides(matrix, incident.authorityStart, await timeline.now(), unraised)
    const signal = AbortSignal.timeout(1_500)
    const holders = await Promise.all(
      [...new Set([who.now, ...who.told])].map((role) => directory.holders(role, service, signal)),
    )
    const people: readonly PersonId[] = [
      ...(rollback ? [rollback.requestedBy] : []),
      ...(incident.declaredBy ? [incident.declaredBy] : []),
      ...holders.flatMap(({ people: held }) => held),
    ]
    await invite(edge, channel, people)
  })
  await attempt('topic', () =>
    client.conversations.setTopic({ channel, topic: topic({ incident, rollback, service }) }),
  )
  const links = [
    ...(service.runbook === undefined ? [] : [{ title: 'Runbook', url: service.runbook }]),
    ...service.dashboards,
  ]
  for (const { title, url } of links)
    await attempt('links', () =>
      client.bookmarks.add({ channel_id: channel, title, type: 'link', link: url }),
    )
}

/** Somebody must know that nobody sees anything. */
async function tellRequester(edge: Edge, { rollback, service }: Opening): Promise<void> {
  const by = rollback?.requestedBy
  const user = by === undefined || isMachine(by) ? undefined : by.split(':').at(-1)
  edge.log.error({ service: service.id }, 'an incident has no channel')
  if (user === undefined) return
  await edge.client.chat.postMessage({
    channel: user,
    text: `I could neither create a channel for the incident of ${service.id} nor join ${service.channel ?? 'one of its own'}. Invite me to a channel and ask an administrator to allow me to create some; until then the terminal shows everything.`,
    unfurl_links: false,
  })
}
