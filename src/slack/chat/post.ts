import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { isOutcomeOpen, isRefused, refusalOf, whyOf } from '../failure.ts'
import { type Message, perhapsTwice } from '../views/index.ts'
import { type Earlier, earlierPost } from './earlier-post.ts'
import type { PastMessage } from './schema.ts'

type PostPorts = Pick<Edge, 'client' | 'log' | 'outbox' | 'identity' | 'clock'>
export interface Post {
  readonly channel: string
  /** The message it answers. */
  readonly thread: string | undefined
  /** Shown in the channel as well as in the thread. */
  readonly broadcast: boolean
  readonly message: Message
  /** Names the notice, so that a message whose answer was lost can be found again. */
  readonly key?: string
  /** A message of the same key that is not meant, because it can no longer be used. */
  readonly besides?: string | undefined
}

export interface Standing extends Surface {
  /** It was posted by an earlier try, as things were then. */
  readonly isEarlier: boolean
}

/**
 * Posts once. After a try of which nobody knows whether Slack took it, the message is looked for before it is posted again (threat
 * T125); where Slack does not let us look it is posted, and says that it may stand there twice.
 */
export async function post(ports: PostPorts, what: Post): Promise<Standing> {
  const { key, channel } = what
  if (key === undefined) return { ...(await inWords(ports, what)), isEarlier: false }
  const tried = await ports.outbox.posting(key, channel, what.thread)
  const before = tried && (await earlierPost(ports, what, tried, isNotice(key, what.besides)))
  if (before?.kind === 'stands') return { ...before.at, isEarlier: true }
  try {
    return { ...(await inWords(ports, marked(what, before))), isEarlier: false }
  } catch (error) {
    if (!isOutcomeOpen(error)) await ports.outbox.notPosted(key, channel)
    throw error
  }
}

const noticeType = 'countermand_notice'
export const isNotice =
  (key: string, besides?: string) =>
  ({ ts, metadata }: PastMessage): boolean =>
    ts !== besides && metadata?.event_type === noticeType && metadata.event_payload?.['key'] === key

const marked = (what: Post, before: Earlier | undefined): Post =>
  before?.kind === 'not_known' ? { ...what, message: perhapsTwice(what.message) } : what

/** A message whose blocks Slack does not take is said in plain words rather than not at all. */
async function inWords(ports: PostPorts, what: Post): Promise<Surface> {
  const { message } = what
  try {
    return await send(ports, what, message.blocks)
  } catch (error) {
    if (!isUnshowable(error) || message.blocks.length === 0) throw error
    ports.log.error(
      { why: whyOf(error), key: what.key },
      'Slack did not take the blocks of a message',
    )
    return send(ports, what, [])
  }
}

/** Edits. Throws Slack's `message_not_found` when the message is gone. */
export async function edit(
  { client, log }: Pick<PostPorts, 'client' | 'log'>,
  { channel, ts }: Surface,
  { text, blocks }: Message,
): Promise<void> {
  const short = text.slice(0, longestEdit)
  try {
    await client.chat.update({ channel, ts, text: short, blocks: [...blocks] })
  } catch (error) {
    if (!isUnshowable(error) || blocks.length === 0) throw error
    log.error({ why: whyOf(error) }, 'Slack did not take the blocks of a message')
    await client.chat.update({ channel, ts, text: short, blocks: [] })
  }
}

/** Characters; Slack cuts what is posted and refuses what is edited. */
const longestEdit = 4_000

async function send(
  { client }: Pick<PostPorts, 'client'>,
  { channel, thread, broadcast, message, key }: Post,
  blocks: Message['blocks'],
): Promise<Surface> {
  const body = {
    channel,
    text: message.text.slice(0, longestEdit),
    blocks: [...blocks],
    unfurl_links: false,
    unfurl_media: false,
    ...(key === undefined ? {} : { metadata: { event_type: noticeType, event_payload: { key } } }),
  }
  const posted =
    thread === undefined
      ? await client.chat.postMessage(body)
      : broadcast
        ? await client.chat.postMessage({ ...body, thread_ts: thread, reply_broadcast: true })
        : await client.chat.postMessage({ ...body, thread_ts: thread })
  if (posted.channel === undefined || posted.ts === undefined)
    throw new Error('Slack did not say where it posted a message')
  return { channel: posted.channel, ts: posted.ts }
}

const isUnshowable = (error: unknown): boolean =>
  isRefused(error, 'invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long') ||
  (refusalOf(error)?.startsWith('invalid_block') ?? false)
