import type { Decided } from '#domain/rollback/events.ts'
import { changeOf } from '#workflows/record.ts'
import { type Edge, type Known, personOf } from '../edge.ts'
import type { Asker } from '../parts.ts'

export interface Pressed {
  readonly channel: string | undefined
  readonly ts: string | undefined
  /** Seen by this person only: Slack lets nobody forward such a message. */
  readonly isEphemeral: boolean
}

/**
 * Does the button stand where we put it: on the card itself, or in an answer that only this person sees? A copy of the card in
 * another channel decides nothing (threats T019, T033).
 */
export async function isInPlace(
  { outbox }: Pick<Edge, 'outbox'>,
  { incident, rollback }: Known,
  { channel, ts, isEphemeral }: Pressed,
): Promise<boolean> {
  if (channel === undefined || ts === undefined) return false
  if (isEphemeral || channel.startsWith('D')) return true
  const card = await outbox.surface(`card:${rollback.id}`)
  // Pressed before it was noted where the card was posted (threat T015): then its channel must do.
  if (!card) return channel === incident.channel?.id
  return card.channel === channel && card.ts === ts
}

/** An attempt to decide from the wrong place belongs on the timeline. The same press again is written once. */
export async function recordWrongPlace(
  { timeline, policy }: Pick<Edge, 'timeline' | 'policy'>,
  { incidentId, rollback }: Known,
  asker: Asker,
  decided: Decided,
): Promise<void> {
  const by = personOf(asker)
  await timeline.decide(incidentId, (history, now) => {
    const isKnown = history.some(
      ({ event }) => 'delivery' in event && event.delivery === asker.delivery,
    )
    const event = {
      kind: 'decision_refused',
      rollback: rollback.id,
      decided,
      by,
      because: { kind: 'wrong_place' },
      delivery: asker.delivery,
    } as const
    return {
      change: isKnown ? undefined : changeOf([event], { history, now, policy, actor: by }),
      answer: undefined,
    }
  })
}
