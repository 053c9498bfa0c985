import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { coverage, mostRounds, playUntil } from './approval/coverage.ts'
import { databaseClock, record } from './approval/postgres.ts'
import { lead, race, scheduled } from './approval/racing.ts'
import { aRoom } from './approval/room.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 20)

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test(
  'on the real record, too, in every order that was tried and as the connections come',
  async () => {
    const seen = coverage()
    const rounds = async (seed: number) =>
      await fc.assert(
        fc.asyncProperty(
          race,
          fc.boolean(),
          fc.scheduler(),
          async (given, asTheyCome, scheduler) => {
            const clock = await databaseClock(database)
            const inner = record(database)
            const shared = scheduled(inner, scheduler)
            let orders = false
            const timeline = new Proxy(inner, {
              get: (target, name, receiver) =>
                Reflect.get(orders ? shared : target, name, receiver),
            })
            const room = aRoom({ ...given.given, ...seen }, () => timeline, clock)
            const racers = await lead(room, clock, given)
            orders = !asTheyCome
            await room.race(racers, async (going) => {
              if (orders) await scheduler.waitFor(Promise.all(going))
              orders = false
            })
            await room.work()
          },
        ),
        { numRuns: runs, seed },
      )

    const least = () =>
      Math.min(seen.kinds.get('approval_given') ?? 0, seen.reasons.get('already_decided') ?? 0)
    await playUntil(() => least() > 0, rounds)

    expect(least()).toBeGreaterThan(0)
  },
  mostRounds * (20_000 + runs * 1_000),
)
