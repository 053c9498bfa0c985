import type { Surface } from '#ports/surfaces.ts'
import { type Instant, minutes } from '#domain/time.ts'
import type { Identity } from '../admission/identity.ts'
import type { Edge } from '../edge.ts'
import { isRefused } from '../failure.ts'
import { type PastMessage, PastMessages } from './schema.ts'

type Ports = Pick<Edge, 'client' | 'identity'>

export interface Where {
  readonly channel: string
  /** The message it answers. */
  readonly thread: string | undefined
  /** Not much older than this. */
  readonly since: Instant
}

/** The database's clock is not Slack's, but requests are refused when they differ by more. */
const clocksDiffer = minutes(5)
/** Of 200 messages each: far more than an incident's channel gets while a message waits. */
const mostPages = 10

/** A message of our own that stands in the thread or in the channel. */
export async function findOurs(
  ports: Ports,
  where: Where,
  isIt: (message: PastMessage) => boolean,
): Promise<Surface | undefined> {
  for await (const { ts } of everyOurs(ports, where, isIt)) return { channel: where.channel, ts }
  return undefined
}

/**
 * All of them, in the thread and then in the channel; what stands in both is given twice. Others can give their messages
 * the same metadata: theirs do not count. Throws what Slack answers, and when it is not yet known who we are.
 */
export async function* everyOurs(
  { client, identity }: Ports,
  where: Where,
  isIt: (message: PastMessage) => boolean,
): AsyncGenerator<PastMessage> {
  const us = identity()
  if (us === undefined) throw new Error('Slack has not said yet who we are')
  const { thread } = where
  const ours = (message: PastMessage) => isOurs(message, us) && isIt(message)
  if (thread !== undefined)
    try {
      yield* among((page) => client.conversations.replies({ ...page, ts: thread }), where, ours)
    } catch (error) {
      if (!isRefused(error, 'thread_not_found', 'message_not_found')) throw error
    }
  // Before there was a card to put it under, or after there was none any more, it went into the channel.
  yield* among((page) => client.conversations.history(page), where, ours)
}

async function* among(
  read: (page: Page) => Promise<unknown>,
  { channel, since }: Where,
  ours: (message: PastMessage) => boolean,
): AsyncGenerator<PastMessage> {
  const oldest = String(Math.floor((since - clocksDiffer) / 1_000_000))
  const page = { channel, oldest, limit: 200, include_all_metadata: true } as const
  let cursor: string | undefined
  for (let count = 0; count < mostPages; count += 1) {
    const said = PastMessages.parse(await read(cursor === undefined ? page : { ...page, cursor }))
    yield* said.messages.filter(ours)
    cursor = said.response_metadata?.next_cursor || undefined
    if (cursor === undefined) return
  }
  throw new Error('there are too many messages to look through')
}

interface Page {
  readonly channel: string
  readonly oldest: string
  readonly limit: number
  readonly include_all_metadata: true
  readonly cursor?: string
}

/** Messages with files name our user, others our bot as well. */
const isOurs = ({ user, bot_id: bot }: PastMessage, us: Identity): boolean =>
  bot === undefined ? user === us.botUserId : bot === us.botId
