import type { TakenAlert } from '#domain/alerts/alert.ts'
import type { Heard } from '#domain/alerts/heard.ts'
import type { DeliveryId, ServiceId } from '#domain/ids.ts'
import type { Micros } from '#domain/time.ts'

/** What one sender said of one service at once. */
export interface NewDelivery {
  /** Named by what it says: said again, by whomever, it is the same. */
  readonly id: DeliveryId
  readonly service: ServiceId
  /** Taken once in each such stretch of time, whatever else it says; `null`: once for ever. */
  readonly onceIn: Micros | null
  /** It may open an incident; otherwise people are only told. */
  readonly opens: boolean
  readonly alerts: readonly TakenAlert[]
}
export interface TakenDelivery extends Omit<NewDelivery, 'onceIn'> {
  readonly waited: Micros
}

/** What machines have sent, written down before they are told so. */
export interface AlertInbox {
  /** How many of them are new. Their handling is queued in the same statement, unless it is already. */
  admit(deliveries: readonly NewDelivery[]): Promise<number>
  /** The oldest that nobody has handled, of those that may open something or of those that may not, without those named. */
  waiting(
    limit: number,
    of: { readonly opens: boolean; readonly without: readonly string[] },
  ): Promise<readonly TakenDelivery[]>
  done(ids: readonly DeliveryId[]): Promise<void>
  /** It stays, with the reason, for people to look at. */
  giveUp(id: DeliveryId, why: string): Promise<void>
  /** How many wait, counted no further than `most`. */
  backlog(most: number): Promise<number>
}

/** What was last heard of each condition; one row each, however often it is said. */
export interface AlertMemory {
  heard(keys: readonly string[]): Promise<ReadonlyMap<string, Heard>>
  /** Safe to repeat, but for `times`, which is only for people to look at. */
  remember(
    service: ServiceId,
    heard: readonly (Heard & { readonly times: number })[],
  ): Promise<void>
}
