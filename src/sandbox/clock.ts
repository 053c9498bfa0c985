import { type Instant, instant, minutes, toDate } from '#domain/time.ts'
import { freezeClock, installShiftableClock, shiftClock } from '#postgres/clock.ts'
import { openPool } from '#postgres/pools.ts'

export interface PretendClock {
  /** What the pretend world takes for the time. */
  now(): Date
  /** Moves the world and the database alike. */
  move(byMinutes: number): Promise<void>
  /** Stops both at a moment, to the microsecond; from then on only `move` moves them. */
  freeze(at: Instant, plusMicros?: number): Promise<void>
  close(): Promise<void>
}

/** One clock for the pretend world and the database, which may be moved forward by hand. */
export async function pretendClock(ownerUrl: string): Promise<PretendClock> {
  const owner = openPool({ url: ownerUrl, log: unsaid, name: 'sandbox-clock', max: 1 })
  await installShiftableClock(owner)
  let shiftMs = 0
  let frozen: number | undefined
  return {
    now: () => new Date((frozen ?? Date.now()) + shiftMs),
    async move(byMinutes) {
      shiftMs += byMinutes * 60_000
      try {
        await shiftClock(owner, minutes(byMinutes))
      } catch (error) {
        // A world that is ahead of its database finds nothing as it was.
        shiftMs -= byMinutes * 60_000
        throw error
      }
    },
    async freeze(at, plusMicros = 0) {
      const moment = instant(at + plusMicros)
      frozen = toDate(moment).getTime()
      shiftMs = 0
      await freezeClock(owner, moment)
    },
    close: () => owner.end(),
  }
}

/** A clock that lost its database has nobody to tell. */
const unsaid = { info: () => undefined, warn: () => undefined, error: () => undefined }
