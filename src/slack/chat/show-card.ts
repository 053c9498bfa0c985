import type { Surface } from '#ports/surfaces.ts'
import type { RollbackId } from '#domain/ids.ts'
import { automationOn } from '#workflows/tell.ts'
import { widerFreeze } from '#workflows/hold/wider-freeze.ts'
import { type Edge, type Known, knownRollback } from '../edge.ts'
import { isRefused, whyOf } from '../failure.ts'
import { card, type Message, topic } from '../views/index.ts'
import { edit } from './post.ts'
import { postInRoom } from './room.ts'

/** A card is edited once a second at most. */
const pauseMs = 1_000

/** What a card shows, as the record stands when it is asked; `undefined` when there is nothing to show. */
export type Shows = (edge: Edge) => Promise<
  | {
      readonly message: Message
      /** Where it belongs; where announcements go while that is not known. */
      readonly channel: string | undefined
      /** What else follows from it in Slack. */
      finish(): Promise<void>
    }
  | undefined
>

/** The card of a rollback. */
export const rollbackCard =
  (id: RollbackId): Shows =>
  async (edge) => {
    const known = await knownRollback(edge, id)
    if (!known) return undefined
    return {
      message: await rendered(edge, known),
      channel: known.incident.channel?.id,
      finish: () => retitle(edge, known),
    }
  }

/** The card as the record stands now, whatever was written when the notice was: posted and pinned once, edited ever after. */
export async function showCard(
  edge: Edge,
  shows: Shows,
  key: string,
  pace: Map<string, number>,
  signal: AbortSignal,
): Promise<Surface | undefined> {
  const shown = await edge.outbox.surface(key)
  if (shown) await rest(edge, key, pace, signal)
  // Read after the pause: what is shown is never older than the moment it is sent.
  const now = await shows(edge)
  if (!now) return undefined
  const { message, channel } = now
  pace.set(key, performance.now())
  const place = shown ? await edited(edge, shown, message) : undefined
  if (place) {
    await now.finish()
    return place
  }
  const posted = await postInRoom(edge, {
    channel,
    thread: undefined,
    broadcast: false,
    message,
    key,
    // Another one is wanted because this one cannot be edited any more.
    besides: shown?.ts,
  })
  if (posted.isEarlier) await edit(edge, posted, message)
  await pin(edge, posted)
  return posted
}

async function rendered(edge: Edge, known: Known): Promise<Message> {
  const { timeline, policy, sign, executors, slack } = edge
  const { incident, incidentId, rollback, service } = known
  const target = rollback.plan?.target
  const automation = service.automation && (await automationOn(edge, service.id))
  const look = target && executors.get(target.executor)?.lookCommand(target)
  return card({
    incident,
    incidentId,
    rollback,
    service,
    now: await timeline.now(),
    policy,
    sign,
    command: slack.commands.rollback,
    ...(look === undefined ? {} : { look }),
    ...(automation ? { automation } : {}),
    canWiden: widerFreeze(edge, rollback).scope.length > 0,
    together: known.together,
  })
}

/** `undefined` when it is gone – somebody deleted it, or its channel – and has to be posted again (threat T046). */
async function edited(edge: Edge, shown: Surface, message: Message): Promise<Surface | undefined> {
  try {
    await edit(edge, shown, message)
    return shown
  } catch (error) {
    const isGone = ['message_not_found', 'cant_update_message', 'channel_not_found', 'is_archived']
    if (!isRefused(error, ...isGone)) throw error
    edge.log.warn({ why: whyOf(error) }, 'a card is gone and is posted again')
    return undefined
  }
}

async function rest(
  { clock, editEveryMs }: Edge,
  key: string,
  pace: ReadonlyMap<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const left =
    (pace.get(key) ?? Number.NEGATIVE_INFINITY) + (editEveryMs ?? pauseMs) - performance.now()
  if (left > 0) await clock.pause(left, signal)
}

async function pin({ client, log }: Edge, { channel, ts }: Surface): Promise<void> {
  try {
    await client.pins.add({ channel, timestamp: ts })
  } catch (error) {
    if (!isRefused(error, 'already_pinned')) log.warn({ why: whyOf(error) }, 'a card is not pinned')
  }
}

const topics = new WeakMap<object, Map<string, string>>()

/** The topic of a channel of our own says where the rollback stands; set only when it changed. */
async function retitle({ client, log }: Edge, known: Known): Promise<void> {
  const { incident, rollback, service } = known
  if (!incident.channel?.created) return
  const said = topics.get(client) ?? new Map<string, string>()
  topics.set(client, said)
  const text = topic({ incident, rollback, service })
  const { id } = incident.channel
  const before = said.get(id)
  said.set(id, text)
  if (before === text) return
  try {
    await client.conversations.setTopic({ channel: id, topic: text })
  } catch (error) {
    log.warn({ why: whyOf(error) }, 'a topic was not set')
  }
}
