import { expect, test } from 'vitest'
import { type Flooded, floodTold, type Pressed } from '../../bench/flood-told.ts'
import { alone, exitCodeOf, spoiltBy } from '../../bench/harness/compare.ts'

const posts = 100
const presses = (took: number, decided: number | undefined): readonly Pressed[] =>
  Array.from({ length: 10 }, () => ({ took, decided }))
/** As it ought to be: nine of ten taken in, the others put off. */
const aFlood = (more: Partial<Flooded> = {}): Flooded => ({
  idle: presses(4, 8),
  busy: presses(6, 20),
  isOverBefore: false,
  sent: { accepted: 90, putOff: 10, took: 5_000 },
  kept: 90,
  ...more,
})
const sent = (accepted: number, putOff: number) => ({ accepted, putOff, took: 1 })
const verdicts = (...seen: readonly Flooded[]) =>
  floodTold('commands', posts, seen).map(({ verdict }) => verdict)
const notes = (...seen: readonly Flooded[]) =>
  floodTold('commands', posts, seen).flatMap((result) => result.notes ?? [])

test('a flood of which nothing was lost meets its goals, and how long a decision takes is said beside it', () => {
  expect(verdicts(aFlood(), aFlood())).toEqual(['met', 'met'])
  expect(notes(aFlood(), aFlood())).toEqual([
    'of 200 taken in 180, put off with 429 20, neither 0; in the database 180',
    'at rest: acknowledged p50 4.0 ms, p99 4.0 ms, 20 presses',
    'during it: acknowledged p50 6.0 ms, p99 6.0 ms, 20 presses',
    'at rest: decided p50 8.0 ms, p99 8.0 ms, 20 presses',
    'during it: decided p50 20.0 ms, p99 20.0 ms, 20 presses',
    'a decision during it by one at rest: p50 2.50 ×, p99 2.50 ×',
  ])
})

test.each<readonly [string, Partial<Flooded>, string]>([
  [
    'requests are lost on their way',
    { sent: sent(90, 9) },
    'round 2: 1 were neither taken in nor put off with 429',
  ],
  [
    'rows are fewer than what was taken in',
    { kept: 89 },
    'round 2: 90 were taken in, the database holds 89',
  ],
  [
    'nobody could count the rows',
    { kept: Number.NaN },
    'round 2: 90 were taken in, the database holds NaN',
  ],
  ['all were put off', { sent: sent(0, 100), kept: 0 }, 'round 2: not one was taken in'],
])('however fast it is, a flood misses its goal where %s', (_, more, why) => {
  expect(verdicts(aFlood(), aFlood(more))).toEqual(['missed', 'met'])
  expect(notes(aFlood(), aFlood(more))).toContain(why)
})

test('rows too many in one round do not make up for those that another has lost', () => {
  expect(verdicts(aFlood({ kept: 91 }), aFlood({ kept: 89 }))).toEqual(['missed', 'met'])
})

test.each<readonly [string, Partial<Flooded>, string]>([
  [
    'the flood was over too soon',
    { isOverBefore: true },
    'round 2: it was over before the last press; BENCH_POSTS sends more',
  ],
  [
    'a press during it was never decided',
    { busy: [...presses(4, 8), { took: 4, decided: undefined }] },
    'round 2: 1 presses were acknowledged and never decided',
  ],
  [
    'a press before it was never decided',
    { idle: presses(4, undefined) },
    'round 2: 10 presses were acknowledged and never decided',
  ],
])('however soon a press is acknowledged, its goal is missed where %s', (_, more, why) => {
  expect(verdicts(aFlood(), aFlood(more))).toEqual(['met', 'missed'])
  expect(notes(aFlood(), aFlood(more))).toContain(why)
})

test('a press that takes more than twice as long misses its goal, and so does a flood of more than ten seconds', () => {
  expect(verdicts(aFlood({ busy: presses(9, 20) }))).toEqual(['met', 'missed'])
  expect(verdicts(aFlood({ sent: { ...sent(90, 10), took: 10_001 } }))).toEqual(['missed', 'met'])
})

const figure = alone({ what: 'it', unit: 'ms', name: 'countermand', samples: [1] })
const met = alone({ ...figure, name: 'countermand', samples: [1], goal: { atMost: 2 } })
const missed = alone({ ...figure, name: 'countermand', samples: [3], goal: { atMost: 2 } })

test('a run of benches ends with 1 where a goal was missed, and only there', () => {
  expect(exitCodeOf([figure, met])).toBe(0)
  expect(exitCodeOf([figure, missed, met])).toBe(1)
})

test('what went wrong beside a figure makes the goal missed however good it is, and is said after its own notes', () => {
  const own = { ...met, notes: ['own'] }

  expect(spoiltBy([], own)).toEqual(own)
  expect(spoiltBy(['a line was said twice'], own)).toMatchObject({
    verdict: 'missed',
    notes: ['own', 'a line was said twice'],
  })
})
