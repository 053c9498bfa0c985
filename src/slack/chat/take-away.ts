import type { PerhapsTwice } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { isPassing, isRefused, refusalOf, whyOf } from '../failure.ts'
import { everyOurs } from './find-ours.ts'
import { isNotice } from './post.ts'
import type { PastMessage } from './schema.ts'

type Ports = Pick<Edge, 'client' | 'log' | 'outbox' | 'identity'>

/**
 * A message that Slack took, showed late and gave us no answer for was posted again meanwhile: the one that the record knows stays, the
 * other is taken away (threat T125). Safe to repeat. Throws when Slack is to be asked again later.
 */
export async function takeAwayTwice(ports: Ports, signal: AbortSignal): Promise<void> {
  for (const one of await ports.outbox.perhapsTwice()) {
    if (signal.aborted) return
    try {
      // What people have answered stays, or their words would hang on nothing.
      for (const { ts, reply_count: replies = 0 } of await tooMany(ports, one))
        if (replies === 0) await takeAway(ports, one, ts)
    } catch (error) {
      if (refusalOf(error) === undefined || isPassing(error)) throw error
      ports.log.warn({ why: whyOf(error) }, 'it cannot be looked up whether a message stands twice')
    }
    await ports.outbox.looked(one.key, one.channel)
  }
}

/** All but the one that counts: where that is not on the record, the newest. */
async function tooMany(
  { client, identity }: Ports,
  { key, channel, thread, begunAt, stands }: PerhapsTwice,
): Promise<readonly PastMessage[]> {
  const found = new Map<string, PastMessage>()
  const where = { channel, thread, since: begunAt }
  for await (const message of everyOurs({ client, identity }, where, isNotice(key)))
    found.set(message.ts, message)
  const all = [...found.values()].toSorted((a, b) => Number(a.ts) - Number(b.ts))
  if (stands !== undefined && stands.channel !== channel) return all
  const counts = stands !== undefined && found.has(stands.ts) ? stands.ts : all.at(-1)?.ts
  return all.filter(({ ts }) => ts !== counts)
}

async function takeAway({ client, log }: Ports, { channel }: PerhapsTwice, ts: string) {
  try {
    await client.chat.delete({ channel, ts })
    log.warn({ channel, ts }, 'a message that stood twice was taken away')
  } catch (error) {
    if (!isRefused(error, 'message_not_found')) throw error
  }
}
