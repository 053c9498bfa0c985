import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '#domain/time.ts'
import { chainKey } from '#postgres/chain.ts'
import { freezeClock } from '#postgres/clock.ts'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { command, play, setting } from './approval/commands.ts'
import { coverage } from './approval/coverage.ts'
import { aRoom, type Clock } from './approval/room.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 40)

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** The database's own, which stands still until it is moved. */
async function databaseClock(): Promise<Clock> {
  let time = Date.UTC(2026, 10, 21, 12) * 1_000
  const set = async (to: number) => {
    time = to
    await freezeClock(database.owner, instant(to))
  }
  await set(time)
  return { now: () => time, set }
}
const key = chainKey('a test key of more than thirty-two characters')
const record = () => timeline(database.pools.decisions, [key])

test(
  'the same on the real record, to the microsecond of its clock',
  async () => {
    const seen = coverage()
    await fc.assert(
      fc.asyncProperty(
        setting,
        fc.array(command, { maxLength: 30, size: 'max' }),
        async (given, commands) => {
          const clock = await databaseClock()
          await play(aRoom({ ...given, ...seen }, record, clock), clock, commands)
        },
      ),
      { numRuns: runs },
    )

    expect([...seen.kinds.keys()]).toEqual(
      expect.arrayContaining([
        'approval_given',
        'decision_refused',
        'escalated',
        'rollback_expired',
      ]),
    )
  },
  20_000 + runs * 1_000,
)
