import { alone, type Result, spoiltBy } from './harness/compare.ts'
import { figuresOf, quantile } from './harness/figures.ts'
import type { Flood, Sent } from './harness/flooding.ts'

/** A press of a button. */
export interface Pressed {
  /** Milliseconds until it was acknowledged. */
  readonly took: number
  /** Milliseconds until the record says what was decided on it; `undefined` where it never did. */
  readonly decided: number | undefined
}

/** What one flood came to. */
export interface Flooded {
  readonly idle: readonly Pressed[]
  readonly busy: readonly Pressed[]
  /** Some were pressed when the flood was over. */
  readonly isOverBefore: boolean
  readonly sent: Sent
  /** How many more the database holds than before. */
  readonly kept: number
}

/** The figures of some floods of `posts` each. Whatever was lost, or measured beside nothing, misses its goal. */
export function floodTold(
  flood: Flood,
  posts: number,
  seen: readonly Flooded[],
): readonly Result[] {
  const sum = (of: (one: Flooded) => number) => seen.reduce((all, one) => all + of(one), 0)
  const [accepted, putOff] = [sum(({ sent }) => sent.accepted), sum(({ sent }) => sent.putOff)]
  const all = seen.length * posts
  const idle = seen.flatMap((one) => one.idle)
  const busy = seen.flatMap((one) => one.busy)
  return [
    spoiltBy(
      lost(posts, seen),
      alone({
        what: `${posts} ${flood} durable`,
        unit: 's',
        name: 'countermand',
        samples: seen.map(({ sent }) => sent.took / 1_000),
        goal: { atMost: 10 },
        notes: [
          `of ${all} taken in ${accepted}, put off with 429 ${putOff}, neither ${all - accepted - putOff}; in the database ${sum((one) => one.kept)}`,
        ],
      }),
    ),
    spoiltBy(
      provesNothing(seen),
      alone({
        what: `acknowledgement of a press during ${flood}, p99 by that at rest`,
        unit: '×',
        name: 'countermand',
        samples: [p99(busy.map(({ took }) => took)) / p99(idle.map(({ took }) => took))],
        goal: { atMost: 2 },
        notes: [
          told(
            'at rest',
            'acknowledged',
            idle.map(({ took }) => took),
          ),
          told(
            'during it',
            'acknowledged',
            busy.map(({ took }) => took),
          ),
          ...decisionsTold(decidedOf(idle), decidedOf(busy)),
        ],
      }),
    ),
  ]
}

/** What makes the seconds worth nothing, in sentences. */
function lost(posts: number, seen: readonly Flooded[]): readonly string[] {
  return seen.flatMap(({ sent: { accepted, putOff }, kept }, at) => {
    const neither = posts - accepted - putOff
    const no = (why: string) => `round ${at + 1}: ${why}`
    return [
      ...(neither > 0 ? [no(`${neither} were neither taken in nor put off with 429`)] : []),
      // NaN, where nobody could count, is not enough either.
      ...(kept >= accepted ? [] : [no(`${accepted} were taken in, the database holds ${kept}`)]),
      ...(accepted > 0 ? [] : [no('not one was taken in')]),
    ]
  })
}

/** What makes a press during it worth nothing, in sentences. */
function provesNothing(seen: readonly Flooded[]): readonly string[] {
  return seen.flatMap(({ idle, busy, isOverBefore }, at) => {
    const undecided = [...idle, ...busy].filter(({ decided }) => decided === undefined).length
    return [
      ...(isOverBefore
        ? [`round ${at + 1}: it was over before the last press; BENCH_POSTS sends more`]
        : []),
      ...(undecided > 0
        ? [`round ${at + 1}: ${undecided} presses were acknowledged and never decided`]
        : []),
    ]
  })
}

/** From a press until the record holds what was decided, at rest and during the flood. */
function decisionsTold(idle: readonly number[], busy: readonly number[]): readonly string[] {
  if (idle.length === 0 || busy.length === 0) return []
  return [
    told('at rest', 'decided', idle),
    told('during it', 'decided', busy),
    `a decision during it by one at rest: p50 ${by(busy, idle, 0.5)} ×, p99 ${by(busy, idle, 0.99)} ×`,
  ]
}

const decidedOf = (presses: readonly Pressed[]): readonly number[] =>
  presses.flatMap(({ decided }) => decided ?? [])

const told = (when: string, what: string, took: readonly number[]): string =>
  `${when}: ${what} p50 ${figuresOf(took).median.toFixed(1)} ms, p99 ${p99(took).toFixed(1)} ms, ${took.length} presses`

const by = (busy: readonly number[], idle: readonly number[], share: number): string =>
  (at(busy, share) / at(idle, share)).toFixed(2)

const p99 = (samples: readonly number[]): number => at(samples, 0.99)

const at = (samples: readonly number[], share: number): number =>
  quantile(
    samples.toSorted((a, b) => a - b),
    share,
  )
