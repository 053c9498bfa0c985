import type { Notice } from '#domain/communication/notice.ts'
import { isAutomation } from '#domain/ids.ts'
import type { Surface, Waiting } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { automationNotice } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { post } from './post.ts'
import { joining } from './room.ts'

/** How long the directory may take, in ms. */
const directoryMs = 1_500

/** Says what automation did, or would have done, in the service's own channel, else where announcements go. */
export async function showAutomation(
  edge: Edge,
  { incident: stream, key }: Waiting,
  { seq }: Extract<Notice, { kind: 'automation' }>,
): Promise<Surface | undefined> {
  const { timeline, catalogue, slack, log, directory } = edge
  const recorded = (await timeline.read(stream)).find((row) => row.seq === seq)
  if (!recorded || !isAutomation(stream) || !('automation' in recorded.event)) return undefined
  const service = catalogue.get(recorded.event.service)
  if (!service) return undefined
  const held = needsPeople(recorded.event)
    ? await directory.holders('on-call-engineer', service, AbortSignal.timeout(directoryMs))
    : undefined
  const message = automationNotice(recorded, held?.people ?? [])
  for (const name of [service.channel, slack.announceIn]) {
    const channel = name === undefined ? undefined : await channelNamed(edge, name)
    if (channel === undefined) continue
    const what = { key, channel, thread: undefined, broadcast: false, message }
    return joining(edge, channel, () => post(edge, what))
  }
  log.warn({ service: service.id }, 'automation has something to say, and there is no channel')
  return undefined
}

/** Something suffers, and nothing is done about it. */
const needsPeople = (event: { readonly kind: string; readonly effect?: string }): boolean =>
  event.kind === 'automation_carried_out' || event.effect === 'tell'
