import fc from 'fast-check'
import { expect, test } from 'vitest'
import { command, play, setting } from './approval/commands.ts'
import { allKinds, allReasons, coverage } from './approval/coverage.ts'
import { handClock } from './approval/hand-clock.ts'
import { memoryTimeline } from './approval/memory-timeline.ts'
import { aRoom } from './approval/room.ts'

/** Fast enough to play more of them by hand: MODEL_RUNS=20000. */
const runs = Number(process.env['MODEL_RUNS'] ?? 600)

test(
  'whatever people, clock, platform and restarts do, only what policy §2, §3 and §5 allow is decided, and nothing due is left',
  async () => {
    const seen = coverage()
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
      { numRuns: runs },
    )

    expect([...seen.kinds.keys()]).toEqual(expect.arrayContaining([...allKinds]))
    expect([...seen.reasons.keys()]).toEqual(expect.arrayContaining([...allReasons]))
  },
  20_000 + runs * 20,
)
