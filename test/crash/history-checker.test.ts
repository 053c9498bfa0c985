import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { breaches, type Run, shareThrough } from '../support/history-checker.ts'
import { goodRuns } from '../support/history-checker/good-run.ts'
import { mutations } from '../support/history-checker/mutations.ts'
import { sealed } from '../support/history-checker/seal.ts'

test('a faultless run is found without fault', () => {
  fc.assert(
    fc.property(goodRuns, (draft) => {
      expect(breaches(sealed(draft))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

describe('a run in which', () => {
  test.each(mutations)('%s is found to break %s', (_, broken, mutate) => {
    fc.assert(
      fc.property(goodRuns, fc.nat(), (draft, pick) => {
        const faulty = mutate(draft, pick)
        fc.pre(faulty !== undefined)
        expect(breaches(sealed(faulty)).map((one) => one.broken)).toContain(broken)
      }),
      { numRuns: 12 },
    )
  })
})

type Rows = Run['timelines'][number]['events']

/** What somebody might do to the rows without the key. */
const tampering: readonly (readonly [string, (rows: Rows, at: number) => Rows])[] = [
  ['altered', (rows, at) => rows.map((row, i) => (i === at ? { ...row, actor: 'T1:UEVIL' } : row))],
  ['taken out', (rows, at) => rows.toSpliced(at, 1)],
  ['cut off', (rows, at) => rows.slice(0, at)],
  ['put in twice', (rows, at) => rows.flatMap((row, i) => (i === at ? [row, row] : [row]))],
  [
    'moved to the end',
    (rows, at) => [
      ...rows.toSpliced(at, 1),
      ...rows.slice(at, at + 1).map((row) => ({ ...row, at: '2020-01-01T00:00:00.000000Z' })),
    ],
  ],
  [
    'dated back',
    (rows, at) =>
      rows.map((row, i) => (i === at ? { ...row, at: '2020-01-01T00:00:00.000000Z' } : row)),
  ],
]

describe('a timeline of which a row is', () => {
  test.each(tampering)('%s is found to break I7, and the row is named', (_, tamper) => {
    fc.assert(
      fc.property(goodRuns, fc.nat(), fc.nat(), (draft, one, other) => {
        const run = sealed(draft)
        const place = one % run.timelines.length
        const timelines = run.timelines.map((timeline, index) =>
          index === place
            ? { ...timeline, events: tamper(timeline.events, other % timeline.events.length) }
            : timeline,
        )
        const at = (other % (run.timelines[place]?.events.length ?? 1)) + 1

        const [found, ...more] = breaches({ ...run, timelines })

        expect(more).toEqual([])
        expect(found?.broken).toBe('I7')
        const named = Number(found?.where.split('#')[1])
        expect([at, at + 1]).toContain(named)
      }),
      { numRuns: 100 },
    )
  })
})

test('how many requests got through is counted, and none sent is none through', () => {
  const run = sealed({ stories: [], cluster: [], slack: { messages: [], asked: [], answered: [] } })
  const asked = [true, true, true, false].map((acknowledged) => ({ by: 'U1', acknowledged }))

  expect(shareThrough({ ...run, slack: { ...run.slack, asked } })).toBe(0.75)
  expect(shareThrough(run)).toBe(0)
})
