import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { command, play, setting } from './approval/commands.ts'
import { coverage, mostRounds, playUntil } from './approval/coverage.ts'
import { databaseClock, record } from './approval/postgres.ts'
import { aRoom } from './approval/room.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 30)

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test(
  'the same on the real record, to the microsecond of its clock',
  async () => {
    const seen = coverage()
    const rounds = async (seed: number) =>
      await fc.assert(
        fc.asyncProperty(
          setting,
          fc.array(command, { maxLength: 30, size: 'max' }),
          async (given, commands) => {
            const clock = await databaseClock(database)
            await play(
              aRoom({ ...given, ...seen }, () => record(database), clock),
              clock,
              commands,
            )
          },
        ),
        { numRuns: runs, seed },
      )

    const wanted = ['approval_given', 'decision_refused', 'escalated', 'rollback_expired']
    const unseen = () => wanted.filter((kind) => !seen.kinds.has(kind))
    await playUntil(() => unseen().length === 0, rounds)

    expect(unseen()).toEqual([])
  },
  mostRounds * (20_000 + runs * 1_000),
)
