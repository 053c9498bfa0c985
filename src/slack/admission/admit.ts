import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type DeliveryId, deliveryId } from '#domain/ids.ts'
import type { Log } from '#ports/log.ts'
import type { Inbox } from '#ports/store.ts'
import { actionIdOf } from '../views/blocks.ts'
import { callbacks } from '../views/inputs.ts'
import { type Fields, isFields } from './body.ts'
import type { Lull } from './lull.ts'
import { senderOf } from './sender.ts'

/** Slack waits 3 s for the acknowledgement, its way to us included. */
const admissionMs = 2_500

export type Admitted = 'admitted' | 'repeated' | 'late' | 'failed'

interface Parts {
  readonly inbox: Inbox
  readonly log: Log
  readonly lull: Lull
  readonly turn: () => Promise<void>
}

/**
 * Writes a request down, once, before anybody is told that it arrived. `late` and `failed` mean: the person is told that nothing
 * was recorded. What is written all the same is held, and nothing is ever done about it (threat T014): work on a request begins
 * with `noteAcknowledged`.
 */
export async function admit(
  { inbox, log, lull, turn }: Parts,
  id: DeliveryId,
  body: Fields,
  withinMs: number = admissionMs,
): Promise<Admitted> {
  const person = senderOf(body)
  const urgent = isDecision(body)
  const written = async () => {
    if (!urgent) await turn()
    return inbox.admit({
      id,
      source: 'slack',
      urgent,
      body,
      held: !isEvent(body),
      ...(person === undefined ? {} : { person }),
    })
  }
  const admission = lull.during(urgent, written())
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), withinMs)
  try {
    const outcome = await Promise.race([admission, late.promise])
    if (outcome !== 'late') return outcome ? 'admitted' : 'repeated'
    admission
      // Slack sends an event again: that it was written down late is no harm.
      .then((isFresh) => (isFresh && !isEvent(body) ? inbox.done(id) : undefined))
      .catch((error: unknown) => log.warn({ error }, 'a late admission could not be voided'))
    return 'late'
  } catch (error) {
    log.error({ error }, 'a request of Slack could not be admitted')
    return 'failed'
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Call when the acknowledgement has gone out. Outlasts a restart of the database; where it fails for good, the person is soon
 * told that nothing was done.
 */
export async function noteAcknowledged(
  { inbox, log, lull }: Omit<Parts, 'turn'>,
  id: DeliveryId,
  body: Fields,
): Promise<void> {
  await lull.comes(isDecision(body))
  const person = senderOf(body)
  for (let left = mostRetries; ; left -= 1)
    try {
      return await inbox.acknowledged(id, person)
    } catch (error) {
      if (left === 0) return log.error({ error }, 'an acknowledgement could not be noted')
      await sleep(retryMs, undefined, { ref: false })
    }
}

/** Together less than the 15 s after which the sweep gives a held request up. */
const mostRetries = 20
const retryMs = 500

/** Buttons, and the forms they open. What asks for a plan may wait for a platform that does not answer, and must not hold them up. */
const isDecision = (body: Fields): boolean =>
  (body['type'] === 'block_actions' || body['type'] === 'view_submission') && !asksForPlan(body)

function asksForPlan({ view, actions }: Fields): boolean {
  if (isFields(view)) return planning.has(view['callback_id'])
  return (
    Array.isArray(actions) && actions.some((one) => isFields(one) && planning.has(one['action_id']))
  )
}

const planning: ReadonlySet<unknown> = new Set([
  callbacks.rollback,
  callbacks.changed,
  actionIdOf('plan-again'),
])

const isEvent = (body: Fields): boolean => body['type'] === 'event_callback'

/** Retries of an event keep its id whatever their signature; everything else is named by what Slack signed (threats T005, T011). */
export function deliveryIdOf(body: Fields, replayKey: string): DeliveryId {
  const event = body['event_id']
  return deliveryId(
    isEvent(body) && typeof event === 'string'
      ? `slack:event:${event.slice(0, 100)}`
      : `slack:${replayKey}`,
  )
}

/** Socket Mode signs nothing: what Slack uses once names the request. */
export function socketDeliveryId(body: Fields): DeliveryId {
  const once = body['trigger_id'] ?? body['event_id'] ?? body
  return deliveryIdOf(body, createHash('sha256').update(JSON.stringify(once)).digest('hex'))
}
