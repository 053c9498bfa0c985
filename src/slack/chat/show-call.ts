import type { Notice } from '#domain/communication/notice.ts'
import { isDecision } from '#domain/incident/decided.ts'
import { type RollbackState, rollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { mention, onCallMention, overdueMention } from '../views/index.ts'
import { invite } from './invite.ts'
import { postInRoom } from './room.ts'
import { reported, type Scene, thread } from './scene.ts'
import { holders, whoIsOnCall, whoToCall } from './who-to-call.ts'

export async function showMention(
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
  if (isTold(about))
    await reported(edge, () => edge.workflows.rolesTold(incidentId, roles, people, about))
  return posted
}

type About = Extract<Notice, { kind: 'mention' }>['about']
const toLook = [
  'not-recovered',
  'stuck',
  'reminded',
  'sync-paused',
  'sync-ended',
  'left-behind',
] as const satisfies readonly About[]
type Told = Exclude<About, (typeof toLook)[number]>
/** The record says whom a decision was told; who is called to look is said by the call itself. */
const isTold = (about: About): about is Told => !toLook.some((one) => one === about)

/** The card of the incident has everything; this is only for whoever has to look at it. */
export async function callOnCall(
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
export async function callHigher(
  edge: Edge,
  scene: Scene,
  { seq }: Extract<Notice, { kind: 'overdue' }>,
  { incident: incidentId, key }: Waiting,
): Promise<Surface | undefined> {
  const { history, incident, service } = scene
  const event = history.find((row) => row.seq === seq)?.event
  if (event?.kind !== 'decision_overdue' || incident.closed) return undefined
  if (history.some((row) => isDecision(row.event))) return undefined
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
