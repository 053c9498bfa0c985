import type { Notice } from '#domain/communication/notice.ts'
import { type History, type Recorded } from '#domain/incident/events.ts'
import { decidedBy } from '#domain/incident/decided.ts'
import { type IncidentState, incidentState } from '#domain/incident/state.ts'
import { type RollbackState, rollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { formerService, type Service } from '#domain/service.ts'
import type { IncidentId } from '#domain/ids.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { announcement, line, mention, onCallMention, overdueMention } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { invite } from './invite.ts'
import { openChannel } from './open-channel.ts'
import { postInRoom } from './room.ts'
import { showAutomation } from './show-automation.ts'
import { showOfAssessment } from './show-assessment.ts'
import { ownCard } from './own-card.ts'
import { rollbackCard, showCard } from './show-card.ts'
import { uploadEvidence } from './upload-evidence.ts'
import { uploadPostMortem } from './upload-post-mortem.ts'
import { holders, whoIsOnCall, whoToCall } from './who-to-call.ts'

export interface Showing {
  readonly edge: Edge
  /** When each card was last edited, by key. */
  readonly pace: Map<string, number>
  readonly signal: AbortSignal
}
interface Scene {
  readonly incidentId: IncidentId
  readonly history: History
  readonly incident: IncidentState
  readonly service: Service
}

/** Shows one notice; says where, when it is a message. Throws what Slack answers. */
export async function showNotice(
  { edge, pace, signal }: Showing,
  waiting: Waiting,
): Promise<Surface | undefined> {
  const { notice, key } = waiting
  if (notice.kind === 'assessment' || notice.kind === 'reply' || notice.kind === 'owner')
    return showOfAssessment(edge, waiting, notice)
  if (notice.kind === 'automation') return showAutomation(edge, waiting, notice)
  if (notice.kind === 'card') {
    const { rollback } = notice
    const shows = rollback === undefined ? ownCard(waiting.incident) : rollbackCard(rollback)
    return showCard(edge, shows, key, pace, signal)
  }
  const history = await edge.timeline.read(waiting.incident)
  const incident = incidentState(history)
  if (!incident) return undefined
  const target = rollbacksOf(history).at(-1)?.plan?.target
  const service = edge.catalogue.get(incident.service) ?? formerService(incident.service, target)
  const scene = { incidentId: waiting.incident, history, incident, service }
  switch (notice.kind) {
    case 'channel': {
      const rollback = rollbacksOf(history)[0]
      await openChannel(edge, { incidentId: waiting.incident, incident, rollback, service })
      return undefined
    }
    case 'line':
      return showLine(edge, scene, notice, key)
    case 'mention':
      return showMention(edge, scene, notice, waiting)
    case 'on-call':
      return callOnCall(edge, scene, waiting)
    case 'overdue':
      return callHigher(edge, scene, notice, waiting)
    case 'announcement':
      return announce(edge, scene, notice, waiting)
    case 'evidence':
      await uploadEvidence(
        edge,
        key,
        waiting.incident,
        history,
        await thread(edge, scene, notice.rollback),
      )
      return undefined
    case 'post-mortem':
      await uploadPostMortem(
        edge,
        key,
        { incident: waiting.incident, history, service },
        await thread(edge, scene, notice.rollback),
      )
      return undefined
  }
}

async function showLine(
  edge: Edge,
  scene: Scene,
  { seq, rollback: id, broadcast }: Extract<Notice, { kind: 'line' }>,
  key: string,
): Promise<Surface | undefined> {
  const recorded = scene.history.find((row: Recorded) => row.seq === seq)
  if (!recorded) return undefined
  const until = scene.history.filter((row) => row.seq <= seq)
  const rollback = id === undefined ? undefined : rollbackState(until, id)
  const at = await thread(edge, scene, id)
  return postInRoom(edge, {
    channel: at?.channel ?? scene.incident.channel?.id,
    thread: at?.ts,
    broadcast,
    message: line(recorded, { incident: incidentState(until) ?? scene.incident, rollback }),
    key,
  })
}

async function showMention(
  edge: Edge,
  scene: Scene,
  { roles: asked, about, rollback: id }: Extract<Notice, { kind: 'mention' }>,
  { incident: incidentId, key }: Waiting,
): Promise<Surface | undefined> {
  const { history, incident, service } = scene
  const rollback: RollbackState | undefined = rollbackState(history, id)
  if (!rollback) return undefined
  const { roles, people } = await whoToCall(edge, { roles: asked, rollback, service })
  const channel = incident.channel
  if (channel?.created)
    await invite(edge, channel.id, people).catch((error: unknown) =>
      edge.log.warn({ error }, 'people were not invited'),
    )
  const at = await thread(edge, scene, id)
  const posted = await postInRoom(edge, {
    channel: at?.channel ?? channel?.id,
    thread: at?.ts,
    // A reminder comes every few minutes: those it calls are told anyway.
    broadcast: about !== 'reminded',
    message: mention({ about, roles, people, incident, rollback, now: await edge.timeline.now() }),
    key,
  })
  if (about !== 'not-recovered' && about !== 'stuck' && about !== 'reminded')
    await reported(edge, () => edge.workflows.rolesTold(incidentId, roles, people, about))
  return posted
}

/** The card of the incident has everything; this is only for whoever has to look at it. */
async function callOnCall(
  edge: Edge,
  scene: Scene,
  { incident: incidentId, key }: Waiting,
): Promise<Surface | undefined> {
  const { incident, service } = scene
  if (incident.closed) return undefined
  const { roles, people } = await whoIsOnCall(edge, service)
  const { channel } = incident
  if (channel?.created)
    await invite(edge, channel.id, people).catch((error: unknown) =>
      edge.log.warn({ error }, 'people were not invited'),
    )
  const at = await thread(edge, scene, undefined)
  const posted = await postInRoom(edge, {
    channel: at?.channel ?? channel?.id,
    thread: at?.ts,
    broadcast: true,
    message: onCallMention({ incident, service, people, now: await edge.timeline.now() }),
    key,
  })
  await reported(edge, () => edge.workflows.rolesTold(incidentId, roles, people, 'alerted'))
  return posted
}

/** Not where somebody has decided meanwhile: Slack may have been away. */
async function callHigher(
  edge: Edge,
  scene: Scene,
  { seq }: Extract<Notice, { kind: 'overdue' }>,
  { incident: incidentId, key }: Waiting,
): Promise<Surface | undefined> {
  const { history, incident, service } = scene
  const event = history.find((row) => row.seq === seq)?.event
  if (event?.kind !== 'decision_overdue' || incident.closed) return undefined
  if (history.some((row) => decidedBy(row.event) !== undefined)) return undefined
  const { to, within } = event
  const people = await holders(edge, [to], service)
  const at = await thread(edge, scene, undefined)
  const posted = await postInRoom(edge, {
    channel: at?.channel ?? incident.channel?.id,
    thread: at?.ts,
    broadcast: true,
    message: overdueMention({
      incident,
      service,
      rollback: rollbacksOf(history).at(-1),
      people,
      to,
      within,
      now: await edge.timeline.now(),
    }),
    key,
  })
  await reported(edge, () => edge.workflows.rolesTold(incidentId, [to], people, 'overdue'))
  return posted
}

async function announce(
  edge: Edge,
  { history, incident, service }: Scene,
  { template, rollback }: Extract<Notice, { kind: 'announcement' }>,
  { incident: incidentId, key }: Waiting,
): Promise<Surface | undefined> {
  const now = await edge.timeline.now()
  const said = edge.texts.announcement(template, {
    incident: incidentId,
    history,
    rollback,
    service,
    now,
  })
  if (!said) return undefined
  const { announceIn } = edge.slack
  const other = announceIn === undefined ? undefined : await channelNamed(edge, announceIn)
  const posted = await postInRoom(edge, {
    channel: other ?? incident.channel?.id,
    thread: undefined,
    broadcast: false,
    message: announcement(said),
    key,
  })
  const to = other === undefined ? `#${incident.channel?.name ?? posted.channel}` : announceIn
  await reported(edge, () =>
    edge.workflows.announced(incidentId, template, said.status, to ?? posted.channel, said.text),
  )
  return posted
}

/** What was posted is posted: that it could not be written down is no reason to post it again. */
async function reported({ log }: Edge, report: () => Promise<void>): Promise<void> {
  try {
    await report()
  } catch (error) {
    log.error({ error }, 'what people were told is not on the timeline')
  }
}

/** The card that a message belongs under: of its rollback, else of the newest, else the incident's own. */
async function thread(
  { outbox }: Edge,
  { incidentId, history }: Scene,
  id: RollbackState['id'] | undefined,
): Promise<Surface | undefined> {
  const rollback = id ?? rollbacksOf(history).at(-1)?.id
  const card = rollback === undefined ? undefined : await outbox.surface(`card:${rollback}`)
  return card ?? outbox.surface(`card:${incidentId}`)
}
