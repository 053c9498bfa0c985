import type { App } from '@slack/bolt'
import type { DeliveryId } from '#domain/ids.ts'
import { minutes } from '#domain/time.ts'
import { TenureOver } from '#ports/tenure.ts'
import { type Edge, personOf } from './edge.ts'
import { isPassing, isRefused, whyOf } from './failure.ts'
import type { Asker } from './parts.ts'
import { reply } from './reply.ts'
import { toldLately } from './told-lately.ts'
import { ActionPayload, Body, CommandPayload, SubmissionPayload, threadOf } from './schema.ts'

/** Far above what anybody does in an emergency, far below what a script does. */
const usualPerMinute = 30
/** A click that waited longer than this and decided nothing yet was meant for another minute: nothing is decided by it any more. */
const longestWait = minutes(5)

/**
 * Carries out one request of the inbox. Safe to repeat: whoever decides knows the delivery by its id. Throws when something it
 * needs is away, so that the job tries again; the person has then been told so, once.
 */
export async function deliver(edge: Edge, app: App, id: DeliveryId): Promise<void> {
  const delivery = await edge.inbox.load(id)
  if (delivery === undefined) return
  const { isAcknowledged, admittedAt, waited, withinMinute } = delivery
  const body = Body.parse(delivery.body)
  const asker = askerOf(body, id)
  // Told before it is settled, so that a crash in between tells twice rather than never.
  const settle = async (text: string) => {
    await say(edge, asker, text, 'insisting')
    await edge.inbox.done(id)
  }
  if (!isAcknowledged) return (await edge.inbox.abandon(id)) ? settle(notAcknowledged) : undefined
  // What was decided at an earlier try gets the answer it had.
  if (waited > longestWait && (await edge.timeline.writtenIn(id)) === undefined)
    return settle(tooLate)
  const { perMinute = usualPerMinute } = edge
  if (withinMinute > perMinute) {
    const by = asker && personOf(asker)
    if (by === undefined || !isToBeTold(by, admittedAt, id)) return edge.inbox.done(id)
    edge.log.warn({ by }, 'somebody asks more often than people do')
    return settle(tooOften(perMinute))
  }
  try {
    await app.processEvent({ body, ack: async () => undefined, customProperties: { delivery: id } })
  } catch (error) {
    if (isRefused(error, ...spentTriggers)) return settle(tookTooLong)
    // Whoever has taken it over, or this process in its next name, carries it out: there is nothing to tell.
    if (error instanceof TenureOver) throw error
    edge.log.error({ why: whyOf(error), error }, 'a request of Slack could not be carried out')
    if (!told.has(id)) await say(edge, asker, trouble)
    remember(id)
    throw error
  }
  await edge.inbox.done(id)
}

/** Slack lets a form be opened once, within 3 s of the press. */
const spentTriggers = [
  'expired_trigger_id',
  'exchanged_trigger_id',
  'invalid_trigger_id',
  'trigger_expired',
  'trigger_exchanged',
]
const tookTooLong =
  'Slack allows three seconds to open a form, and it took longer. Nothing was done: try again.'
const trouble =
  'Something this needs did not answer. It is tried again for five minutes; the card in the incident’s channel shows what came of it. Pressing again does no harm: the same decision counts once.'
const tooLate =
  'This came to be carried out more than five minutes late, so nothing was decided by it. Look at the card in the incident’s channel, then try again.'
const notAcknowledged = 'Slack may have shown you that this failed, so nothing was done. Try again.'
/** Said once a minute: whoever asks a hundred times is not answered a hundred times (threat T045), and nobody is left in silence. */
const tooOften = (perMinute: number): string =>
  `More than ${perMinute} requests came from you within a minute. This one was not carried out, nor will the next ones be. Wait a minute, then try again; while you go on I say so once a minute.`
const isToBeTold = toldLately()

/** Whom this process has told of trouble; bounded. */
const told = new Set<DeliveryId>()
function remember(id: DeliveryId): void {
  told.add(id)
  for (const oldest of told) {
    if (told.size <= 1_000) return
    told.delete(oldest)
  }
}

/** Throws only `insisting`, and then only where it may be said later. */
async function say(
  edge: Edge,
  asker: Asker | undefined,
  text: string,
  how?: 'insisting',
): Promise<void> {
  if (!asker) return
  try {
    await reply(edge, asker, { text, blocks: [] })
  } catch (error) {
    if (how === 'insisting' && (isPassing(error) || error instanceof TenureOver)) throw error
    edge.log.warn({ why: whyOf(error) }, 'somebody could not be told of trouble')
  }
}

/** Who sent it, for telling them; `undefined` where there is nobody to tell. */
export function askerOf(body: unknown, delivery: DeliveryId): Asker | undefined {
  const command = CommandPayload.safeParse(body).data
  if (command)
    return {
      user: command.user_id,
      team: command.team_id,
      delivery,
      channel: command.channel_id,
      thread: undefined,
      responseUrl: command.response_url,
      triggerId: undefined,
    }
  const action = ActionPayload.safeParse(body).data ?? SubmissionPayload.safeParse(body).data
  if (!action) return undefined
  return {
    user: action.user.id,
    team: action.user.team_id ?? action.team?.id ?? 'T0',
    delivery,
    channel: 'container' in action ? action.container.channel_id : undefined,
    thread: 'container' in action ? threadOf(action.container) : undefined,
    responseUrl: 'response_url' in action ? action.response_url : undefined,
    triggerId: undefined,
  }
}
