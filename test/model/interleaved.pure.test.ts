import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coverage, mostRounds, playUntil } from './approval/coverage.ts'
import { handClock } from './approval/hand-clock.ts'
import { memoryTimeline } from './approval/memory-timeline.ts'
import { lead, race, scheduled } from './approval/racing.ts'
import { aRoom } from './approval/room.ts'

const runs = Number(process.env['MODEL_RUNS'] ?? 400)

test(
  'in whatever order two approvers and the escalation timer reach the record, each decision is one that the rules allow at its moment',
  async () => {
    const seen = coverage()
    const rounds = async (seed: number) =>
      await fc.assert(
        fc.asyncProperty(race, fc.scheduler(), async (given, scheduler) => {
          const clock = handClock()
          const inner = memoryTimeline(() => clock.now())
          let racing = false
          const shared = scheduled(inner, scheduler)
          const timeline = new Proxy(inner, {
            get: (target, name, receiver) => Reflect.get(racing ? shared : target, name, receiver),
          })
          const room = aRoom({ ...given.given, ...seen }, () => timeline, clock)
          const racers = await lead(room, clock, given)
          racing = true
          await room.race(racers, async (going) => {
            await scheduler.waitFor(Promise.all(going))
            racing = false
          })
          await room.work()
        }),
        { numRuns: runs, seed },
      )

    const least = () =>
      Math.min(seen.kinds.get('execution_started') ?? 0, seen.reasons.get('already_decided') ?? 0)
    await playUntil(() => least() > runs / 20, rounds)

    expect(least()).toBeGreaterThan(runs / 20)
  },
  mostRounds * (20_000 + runs * 40),
)
