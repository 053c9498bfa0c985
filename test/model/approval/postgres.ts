import { instant } from '#domain/time.ts'
import type { Timeline } from '#ports/store.ts'
import { chainKey } from '#postgres/chain.ts'
import { freezeClock } from '#postgres/clock.ts'
import { timeline } from '#postgres/timeline.ts'
import type { TestDatabase } from '../../support/database.ts'
import type { Clock } from './room.ts'

/** The database's own clock, which stands still until it is moved. */
export async function databaseClock({ owner }: TestDatabase): Promise<Clock> {
  let time = Date.UTC(2026, 10, 21, 12) * 1_000
  const set = async (to: number) => {
    time = to
    await freezeClock(owner, instant(to))
  }
  await set(time)
  return { now: () => time, set }
}

const key = chainKey('a test key of more than thirty-two characters')
export const record = ({ pools }: TestDatabase): Timeline => timeline(pools.decisions, [key])
