import type { Instant } from '#domain/time.ts'
import type { Alert } from './alert.ts'

/** What was last heard of a condition. */
export interface Heard {
  /** Source and fingerprint as one name. */
  readonly key: string
  readonly status: Alert['status']
  readonly startsAt: Instant
}

/**
 * Is this news? A repetition is none, nor is what was overtaken on its way: a round that is known to have ended does not begin
 * again, and an end that came before its beginning stays the end (threats T131, T135).
 */
export function isNews({ status, startsAt }: Omit<Heard, 'key'>, last: Heard | undefined): boolean {
  if (!last) return true
  if (status === last.status) return false
  return status === 'firing' ? startsAt > last.startsAt : startsAt >= last.startsAt
}

/** What is remembered after hearing it: times only move forward. */
export const afterHearing = (now: Heard, last: Heard | undefined): Heard => {
  if (!last || isNews(now, last)) return now
  return now.status === last.status && now.startsAt > last.startsAt ? now : last
}
