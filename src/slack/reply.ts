import type { WebClient } from '@slack/web-api'
import type { Log } from '#ports/log.ts'
import { TenureOver } from '#ports/tenure.ts'
import { isPassing, whyOf } from './failure.ts'
import type { Asker } from './parts.ts'
import { type Scrub, scrubbed } from './scrubbed.ts'
import type { Message } from './views/index.ts'

export interface ReplyPorts {
  readonly client: WebClient
  readonly log: Log
  /** Where a response_url may lead. */
  readonly responseOrigins: readonly string[]
  readonly scrub: Scrub
  /** Throws where others may be about to answer. */
  readonly mustHold?: () => void
}

/**
 * Answers the person alone: at the address Slack gave, else beside where they asked, else in direct messages. Throws when all three
 * fail, and before anything is sent where whoever has taken the work over answers.
 */
export async function reply(ports: ReplyPorts, asker: Asker, message: Message): Promise<void> {
  const { log } = ports
  const ways = [viaAddress, viaChannel, viaDirectMessage]
  let last: unknown = new Error('there was no way to answer')
  for (const way of ways) {
    ports.mustHold?.()
    try {
      if (await way(ports, asker, message)) return
    } catch (error) {
      if (error instanceof TenureOver) throw error
      last = error
      log.warn({ way: way.name, why: whyOf(error) }, 'an answer took another way')
      if (isPassing(error) && way !== viaAddress) break
    }
  }
  throw last
}

async function viaAddress(
  { responseOrigins, scrub }: ReplyPorts,
  { responseUrl, thread }: Asker,
  { text, blocks }: Message,
): Promise<boolean> {
  if (responseUrl === undefined || !URL.canParse(responseUrl)) return false
  if (!responseOrigins.includes(new URL(responseUrl).origin)) return false
  const response = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(
      scrubbed(
        {
          response_type: 'ephemeral',
          replace_original: false,
          text,
          blocks,
          ...(thread === undefined ? {} : { thread_ts: thread }),
        },
        scrub,
      ),
    ),
    redirect: 'error',
    // Not shorter: after it the answer takes another way, and may then be read twice.
    signal: AbortSignal.timeout(10_000),
  })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`the address for answers said ${response.status}`)
  return true
}

async function viaChannel(
  { client }: ReplyPorts,
  { channel, user, thread }: Asker,
  { text, blocks }: Message,
): Promise<boolean> {
  if (channel === undefined) return false
  await client.chat.postEphemeral({
    channel,
    user,
    text,
    blocks: [...blocks],
    ...(thread === undefined ? {} : { thread_ts: thread }),
  })
  return true
}

async function viaDirectMessage(
  { client }: ReplyPorts,
  { user }: Asker,
  { text, blocks }: Message,
): Promise<boolean> {
  await client.chat.postMessage({ channel: user, text, blocks: [...blocks], unfurl_links: false })
  return true
}
