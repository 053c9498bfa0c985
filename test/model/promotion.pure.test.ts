import fc from 'fast-check'
import { expect, test } from 'vitest'
import { people } from '../support/builders.ts'
import { ownership } from '../support/history-checker/ownership.ts'
import { promotions } from '../support/history-checker/promotions.ts'
import { coverage, mostRounds, playUntil } from './approval/coverage.ts'
import { handClock } from './approval/hand-clock.ts'
import { memoryTimeline } from './approval/memory-timeline.ts'
import { scheduled } from './approval/racing.ts'
import { minute } from './approval/rules.ts'
import { judged } from './promotion/accept.ts'
import { aStage, type Press, type Stage } from './promotion/stage.ts'

/** More of them by hand: MODEL_RUNS=2000. */
const runs = Number(process.env['MODEL_RUNS'] ?? 100)

const setting = fc.record({
  isAutomatic: fc.boolean(),
  isTested: fc.boolean(),
  parts: fc.integer({ min: 1, max: 2 }),
  movesByItself: fc.boolean(),
})
const presses = ['approve', 'approve', 'approve-old', 'hold', 'go-on', 'away', 'try-again'] as const
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom<Press>(...presses),
      who: fc.nat({ max: 2 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'work' as const }) },
  // What its platform refuses has failed, and may be tried again.
  {
    weight: 3,
    arbitrary: fc.constantFrom({ do: 'refuse' as const }, { do: 'try-again' as const, who: 1 }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('report' as const), passed: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { do: 'roll-back' as const },
      { do: 'deploy' as const },
      { do: 'requests' as const },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      minutes: fc.constantFrom(1, 5, 11, 16),
      after: fc.nat({ max: 8 }),
    }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer One> ? One : never
/** What comes at the same time, and what comes at the same time after that: at first somebody who may lets it go on, and what may be beside that. */
const opening = fc
  .tuple(
    fc.constantFrom<Press>('approve', 'approve-old'),
    fc.array(act, { minLength: 1, maxLength: 3 }),
  )
  .map(([what, others]): readonly Act[] => [{ do: what, who: 1 }, ...others])
const later = fc.array(fc.array(act, { minLength: 2, maxLength: 5 }), {
  maxLength: 4,
})

test(
  'in whatever order people, tests, a timer, a rollback and its workers reach the record, a canary moves as the rules allow, once, and by what stands there',
  async () => {
    const seen = coverage()
    const play = (seed: number) =>
      fc.assert(
        fc.asyncProperty(
          setting,
          opening,
          later,
          fc.scheduler(),
          async (given, first, more, scheduler) => {
            const clock = handClock()
            const inner = memoryTimeline(() => clock.now())
            let timeline = inner
            const stage = await aStage(() => timeline, clock, given)
            await toGate(stage, clock, given.isTested)
            for (const acts of [first, ...more]) {
              timeline = scheduled(inner, scheduler)
              const turn = () => scheduler.schedule(Promise.resolve(), 'turn')
              const going = acts.map((one) => carriedOut(one, stage, clock, turn))
              await scheduler.waitFor(Promise.all(going))
              timeline = inner
              stage.platform.refused = false
              await clock.set(clock.now() + 1)
            }
            await stage.work()
            // Whatever was decided has begun, or does not begin any more.
            await clock.set(clock.now() + 11 * minute)
            await stage.work()

            const stories = await stage.stories()
            const [own] = stories
            own?.history.forEach(seen.tell)
            expect(judged(own?.history ?? [], { ...given, asker: people.onCall })).toEqual([])
            expect(stories.flatMap(promotions)).toEqual([])
            expect(ownership(stories)).toEqual([])
            expect(stage.unsaid).toEqual([])
            expect(new Set(stage.platform.made).size).toBe(stage.platform.made.length)
            expect(['watching', 'failed', 'ended']).toContain((await stage.state()).phase)
          },
        ),
        { numRuns: runs, seed },
      )

    const wanted = runs < 100 ? [] : kinds
    const unseen = () => wanted.filter((kind) => !seen.kinds.has(kind))
    await playUntil(() => unseen().length === 0, play)

    expect(unseen()).toEqual([])
  },
  mostRounds * (20_000 + runs * 400),
)

/** What a run must come across, so that it shows something. */
const kinds = [
  'promotion_approved',
  'promotion_advanced',
  'promotion_began',
  'promotion_held',
  'promotion_resumed',
  'canary_away_ordered',
  'canary_hold_placed',
  'canary_reached',
  'canary_step_failed',
  'promotion_retried',
  'promotion_refused',
  'promotion_stopped',
  'promotion_voided',
  'promotion_tested',
  'promotion_ended',
] as const

/** Everything holds at the first step of its ladder. */
async function toGate(stage: Stage, clock: ReturnType<typeof handClock>, isTested: boolean) {
  await stage.work()
  await stage.press('tick', 1)
  if (isTested) stage.report(true)
  await clock.set(clock.now() + 16 * minute)
  await stage.work()
}

async function carriedOut(
  one: Act,
  stage: Stage,
  clock: ReturnType<typeof handClock>,
  turn: () => Promise<void>,
): Promise<void> {
  switch (one.do) {
    case 'work':
      return stage.work()
    case 'pass':
      for (let left = one.after; left > 0; left -= 1) await turn()
      return clock.set(clock.now() + one.minutes * minute)
    case 'report':
      await turn()
      return stage.report(one.passed)
    case 'deploy':
      await turn()
      stage.platform.generation += 1
      return undefined
    case 'requests':
      stage.platform.requests.canary += 500
      return undefined
    case 'refuse':
      stage.platform.refused = true
      return undefined
    case 'roll-back':
      return stage.rollBack()
    default:
      await stage.press(one.do, one.who)
  }
}
