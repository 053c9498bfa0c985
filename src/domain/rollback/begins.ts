import { type ChangeWindows, nextOpening } from '#domain/schedule/change-windows.ts'
import { earliest, type Instant, plus } from '#domain/time.ts'
import type { RollbackPolicy } from './policy.ts'

/** The change window that a rollback was put into. */
export interface InWindow {
  /** People there read the times in it. */
  readonly zone: string
  /** When it closes; null where it stays open. */
  readonly until: Instant | null
}

/** When a rollback that can wait begins: not before `at`, and at `latest` or not at all (policy §2). */
export interface Begins {
  readonly at: Instant
  readonly latest: Instant
  /** Absent where people named the time themselves. */
  readonly window?: InWindow
}

export type BeginsResult = Begins | { readonly kind: 'not_configured' | 'none_opens' }

/** What was asked for, as moments: the next window is reckoned from `now`, and is now where one is open. */
export function beginsAt(
  wanted: Instant | 'next window',
  windows: ChangeWindows | undefined,
  now: Instant,
  policy: RollbackPolicy,
): BeginsResult {
  if (wanted !== 'next window') return beginsOf({ notBefore: wanted }, policy)
  if (!windows) return { kind: 'not_configured' }
  const opening = nextOpening(windows, now)
  if (!opening) return { kind: 'none_opens' }
  const window = { zone: windows.zone, until: opening.until ?? null }
  return beginsOf({ notBefore: opening.at, window }, policy)
}

/** The same from the record. */
export function beginsOf(
  { notBefore, window }: { readonly notBefore: Instant; readonly window?: InWindow | undefined },
  { scheduleWindowMicros }: RollbackPolicy,
): Begins {
  const last = plus(notBefore, scheduleWindowMicros)
  const until = window?.until ?? null
  return {
    at: notBefore,
    latest: until === null ? last : earliest(last, until),
    ...(window ? { window } : {}),
  }
}
