import type { IncidentId } from '#domain/ids.ts'
import type { Notice } from '#domain/communication/notice.ts'
import type { Instant, Micros } from '#domain/time.ts'

/** A notice waiting to be shown. `key` names it for ever: the same key is never posted twice. */
export interface Waiting {
  readonly id: string
  readonly incident: IncidentId
  readonly key: string
  readonly notice: Notice
  readonly attempts: number
}

export interface Surface {
  readonly channel: string
  readonly ts: string
}

/** An earlier try to post something, of which nobody knows whether it was taken. */
export interface EarlierTry {
  readonly begunAt: Instant
  readonly waited: Micros
}

/** Something that was tried more than once, and may be seen twice by now. */
export interface PerhapsTwice {
  readonly key: string
  readonly channel: string
  readonly thread: string | undefined
  readonly begunAt: Instant
  /** Where the one stands that counts, as far as it is known. */
  readonly stands: Surface | undefined
}

/** The outbox: in order per incident, each once. */
export interface Outbox {
  /** The next notices of one incident, oldest first, cards coalesced to the newest. */
  waiting(incident: IncidentId): Promise<readonly Waiting[]>
  delivered(id: string, where: Surface | undefined): Promise<void>
  failed(id: string, why: string, retryAfterMs: number): Promise<void>
  /** Given up: kept with its reason, shown by `status`. */
  abandoned(id: string, why: string): Promise<void>
  /** Where a key was posted, e.g. `card:rb_…`. */
  surface(key: string): Promise<Surface | undefined>
  /**
   * Notes that a key is about to be posted in a channel, before it is; says when that was tried before, if nobody knows what came of
   * it. What is noted goes with `delivered`, and with `notPosted`.
   */
  posting(key: string, channel: string, thread?: string): Promise<EarlierTry | undefined>
  /** It is certain that the key does not stand in the channel. */
  notPosted(key: string, channel: string): Promise<void>
  /** What was tried again, and is to be looked at now: three times, the last ten minutes after the second try. */
  perhapsTwice(): Promise<readonly PerhapsTwice[]>
  /** It was looked at: it stands once, as far as can be seen. */
  looked(key: string, channel: string): Promise<void>
  /** Has the cards of what is open drawn again, as the record stands (threat T129). Says how many. */
  redraw(): Promise<number>
}
