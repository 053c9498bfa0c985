import type { Edge } from '../edge.ts'
import { isRefused, whyOf } from '../failure.ts'
import { channelNamed } from './channel-names.ts'
import { type Post, post, type Standing } from './post.ts'

/** Nowhere to say it: the incident has no channel, or none that can be written to, and there is no other. */
export class NoRoom extends Error {
  override readonly name = 'NoRoom'
}

/**
 * Posts into the incident's channel. Not a member: joins. Archived, gone or closed to us: says it where announcements go
 * (threat T126). Throws `NoRoom` when there is no such place.
 */
export async function postInRoom(
  edge: Edge,
  what: Omit<Post, 'channel'> & { readonly channel: string | undefined },
): Promise<Standing> {
  const { channel } = what
  if (channel !== undefined)
    try {
      return await joining(edge, channel, () => post(edge, { ...what, channel }))
    } catch (error) {
      if (isRefused(error, 'thread_not_found'))
        return postInRoom(edge, { ...what, thread: undefined })
      if (!isClosed(error)) throw error
      edge.log.warn(
        { channel, why: whyOf(error) },
        'the channel of an incident cannot be written to',
      )
    }
  const other = await elsewhere(edge)
  if (other === undefined || other === channel)
    throw new NoRoom('the incident has no channel that can be written to')
  return joining(edge, other, () =>
    post(edge, { ...what, channel: other, thread: undefined, broadcast: false }),
  )
}

/** Does it; when that fails because we are not in the channel, joins and does it again. */
export async function joining<Done>(
  { client }: Pick<Edge, 'client'>,
  channel: string,
  act: () => Promise<Done>,
): Promise<Done> {
  try {
    return await act()
  } catch (error) {
    if (!isRefused(error, 'not_in_channel')) throw error
    await client.conversations.join({ channel })
    return act()
  }
}

const elsewhere = async (edge: Edge): Promise<string | undefined> =>
  edge.slack.announceIn === undefined ? undefined : channelNamed(edge, edge.slack.announceIn)

const isClosed = (error: unknown): boolean =>
  isRefused(
    error,
    'is_archived',
    'channel_not_found',
    'not_in_channel',
    'restricted_action',
    'restricted_action_read_only_channel',
    'method_not_supported_for_channel_type',
  )
