import type { Notice } from '#domain/communication/notice.ts'
import { isPromotion } from '#domain/ids.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { formerService } from '#domain/service.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { announcement, line } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { openChannel } from './open-channel.ts'
import { postInRoom } from './room.ts'
import { reported, type Scene, thread } from './scene.ts'
import { showAutomation } from './show-automation.ts'
import { showConfiguration } from './show-configuration.ts'
import { showOfAssessment } from './show-assessment.ts'
import { ownCard } from './own-card.ts'
import { callHigher, callOnCall, showMention } from './show-call.ts'
import { canaryCard, showOfPromotion } from './show-promotion.ts'
import { rollbackCard, showCard } from './show-card.ts'
import { uploadEvidence } from './upload-evidence.ts'
import { uploadPostMortem } from './upload-post-mortem.ts'

export interface Showing {
  readonly edge: Edge
  /** When each card was last edited, by key. */
  readonly pace: Map<string, number>
  readonly signal: AbortSignal
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
  if (notice.kind === 'configuration') return showConfiguration(edge, waiting, notice)
  if (notice.kind === 'card') {
    const { rollback } = notice
    const own = isPromotion(waiting.incident)
      ? canaryCard(waiting.incident)
      : ownCard(waiting.incident)
    const shows = rollback === undefined ? own : rollbackCard(rollback)
    return showCard(edge, shows, key, pace, signal)
  }
  if (isPromotion(waiting.incident)) return showOfPromotion(edge, waiting)
  const history = await edge.timeline.read(waiting.incident)
  const incident = incidentState(history)
  if (!incident) return undefined
  const target = rollbacksOf(history).at(-1)?.plan?.target
  const service = edge.catalogue.get(incident.service) ?? formerService(incident.service, target)
  const scene: Scene = { incidentId: waiting.incident, history, incident, service }
  switch (notice.kind) {
    case 'gate':
      return undefined
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
  // Of several, it may stand in the thread of the first and tell of another.
  const of = 'rollback' in recorded.event ? recorded.event.rollback : id
  const rollback = of === undefined ? undefined : rollbackState(until, of)
  const at = await thread(edge, scene, id)
  return postInRoom(edge, {
    channel: at?.channel ?? scene.incident.channel?.id,
    thread: at?.ts,
    broadcast,
    message: line(recorded, { incident: incidentState(until) ?? scene.incident, rollback }),
    key,
  })
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
