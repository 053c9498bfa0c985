import type { IncidentId } from '#domain/ids.ts'
import type { Notice } from '#domain/communication/notice.ts'

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
}
