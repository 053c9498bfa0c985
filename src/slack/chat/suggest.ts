import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Edge } from '../edge.ts'
import { suggestion } from '../views/index.ts'
import { channelNamed } from './channel-names.ts'
import { post } from './post.ts'
import { joining } from './room.ts'

/** Tells a service's people of alerts that open nothing: in its own channel, else where announcements go. Once for `key`. */
export async function suggest(
  edge: Edge,
  id: ServiceId,
  alerts: readonly TakenAlert[],
  key: string,
): Promise<void> {
  const { catalogue, slack, log, timeline, sign } = edge
  const service = catalogue.get(id)
  if (!service) return
  for (const name of [service.channel, slack.announceIn]) {
    const channel = name === undefined ? undefined : await channelNamed(edge, name)
    if (channel === undefined) continue
    const now = await timeline.now()
    const message = suggestion({ service, alerts, now, sign, assess: slack.commands.assess })
    const what = { key: `suggestion:${key}`, channel, thread: undefined, broadcast: false, message }
    await joining(edge, channel, () => post(edge, what))
    return
  }
  log.warn({ service: id }, 'an alert suggests something, and there is no channel to say it in')
}
