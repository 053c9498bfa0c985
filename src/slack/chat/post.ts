import type { WebClient } from '@slack/web-api'
import type { Log } from '#ports/log.ts'
import type { Surface } from '#ports/surfaces.ts'
import { isRefused, refusalOf, whyOf } from '../failure.ts'
import type { Message } from '../views/index.ts'

export interface PostPorts {
  readonly client: WebClient
  readonly log: Log
}
export interface Post {
  readonly channel: string
  /** The message it answers. */
  readonly thread: string | undefined
  /** Shown in the channel as well as in the thread. */
  readonly broadcast: boolean
  readonly message: Message
  /** Names the notice, so that a message whose answer was lost can be found again. */
  readonly key?: string
}

/** Posts once. A message whose blocks Slack does not take is said in plain words rather than not at all. */
export async function post(ports: PostPorts, what: Post): Promise<Surface> {
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
  { client, log }: PostPorts,
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
  { client }: PostPorts,
  { channel, thread, broadcast, message, key }: Post,
  blocks: Message['blocks'],
): Promise<Surface> {
  const body = {
    channel,
    text: message.text.slice(0, longestEdit),
    blocks: [...blocks],
    unfurl_links: false,
    unfurl_media: false,
    ...(key === undefined
      ? {}
      : { metadata: { event_type: 'countermand_notice', event_payload: { key } } }),
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
