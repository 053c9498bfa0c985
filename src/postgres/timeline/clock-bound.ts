import { performance } from 'node:perf_hooks'
import { type Instant, micros, plus } from '#domain/time.ts'

/** What this process knows of the database's clock without asking it. */
export interface ClockBound {
  /** To be called as soon as the database has said what time it is. */
  saw(now: Instant): void
  /** The latest moment that the database's clock has certainly passed; `undefined` while it was never heard. */
  now(): Instant | undefined
  /** For when it turned out not to hold: another database may answer now, or somebody moved its clock. */
  forget(): void
}

/**
 * What the clock showed when it answered, and what went by here since the answer came: an answer is on its way for a while, so this
 * is never ahead of the clock, and behind it by no more than that while.
 */
export function clockBound(elapsed: () => number = () => performance.now()): ClockBound {
  let heard: { readonly now: Instant; readonly at: number } | undefined
  const now = () => heard && plus(heard.now, micros(Math.floor((elapsed() - heard.at) * 1_000)))
  return {
    now,
    saw(latest) {
      if (latest > (now() ?? -Infinity)) heard = { now: latest, at: elapsed() }
    },
    forget() {
      heard = undefined
    },
  }
}
