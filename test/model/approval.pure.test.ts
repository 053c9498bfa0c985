import fc from 'fast-check'
import { expect, test } from 'vitest'
import { command, play, setting } from './approval/commands.ts'
import { allKinds, allReasons, coverage, mostRounds, playUntil } from './approval/coverage.ts'
import { handClock } from './approval/hand-clock.ts'
import { memoryTimeline } from './approval/memory-timeline.ts'
import { aRoom } from './approval/room.ts'
import { minute } from './approval/rules.ts'

/** Fast enough to play more of them by hand: MODEL_RUNS=20000. A few are enough against mutants. */
const runs = Number(process.env['MODEL_RUNS'] ?? 400)

test(
  'whatever people, clock, platform and restarts do, only what policy §2, §3 and §5 allow is decided, and nothing due is left',
  async () => {
    const seen = coverage()
    const rounds = async (seed: number) =>
      await fc.assert(
        fc.asyncProperty(
          setting,
          fc.array(command, { maxLength: 40, size: 'max' }),
          async (given, commands) => {
            const clock = handClock()
            const timeline = memoryTimeline(() => clock.now())
            await play(
              aRoom({ ...given, ...seen }, () => timeline, clock),
              clock,
              commands,
            )
          },
        ),
        { numRuns: runs, seed },
      )

    const wanted = runs < 400 ? [] : [...allKinds, ...allReasons]
    const unseen = () =>
      wanted.filter((one: string) => !seen.kinds.has(one) && !seen.reasons.has(one))
    await playUntil(() => unseen().length === 0, rounds)

    expect(unseen()).toEqual([])
  },
  mostRounds * (20_000 + runs * 100),
)

test('an approval that expires while the platform is looked at begins nothing, however sound the plan is', async () => {
  const clock = handClock()
  const seen = coverage()
  const inner = memoryTimeline(() => clock.now())
  const onCall = { account: 'a', human: 'a', level: 0, unsure: [], isOutsider: false }
  const room = aRoom(
    { twoPerson: false, soft: false, cast: [onCall], tell: seen.tell },
    () => inner,
    clock,
  )
  await room.request(0, 0, null)
  await room.approve(0, { isStale: false })
  room.whileLooked(() => clock.set(clock.now() + 5 * minute))

  await room.work()

  expect(seen.kinds.get('rollback_expired')).toBe(1)
  expect(seen.kinds.has('execution_started')).toBe(false)
})
