import { type Figures, figuresOf } from './figures.ts'

/** One way of doing a thing. A round does it a number of times and gives a sample for each, or one for the whole round. */
export interface Side {
  readonly name: string
  round(): Promise<readonly number[]>
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number }

/** What was found. `ratio` is ours by theirs, round by round: both sides of a round saw the same machine. */
export interface Result {
  readonly what: string
  readonly unit: string
  readonly ours: Figures & { readonly name: string }
  readonly theirs?: Figures & { readonly name: string }
  readonly ratio?: Figures
  readonly goal?: Goal
  readonly verdict: 'met' | 'missed' | 'no goal'
  readonly notes?: readonly string[]
}

/**
 * Measures two ways in turns, in one run, after a warm-up: a busy neighbour then slows both. Who goes first
 * changes with every round. The ratio of a round is that of its medians.
 */
export async function compare({
  what,
  unit,
  ours,
  theirs,
  goal,
  rounds,
  warmUp = 2,
  notes,
}: {
  readonly what: string
  readonly unit: string
  readonly ours: Side
  readonly theirs: Side
  readonly goal?: Goal
  readonly rounds: number
  readonly warmUp?: number
  readonly notes?: readonly string[]
}): Promise<Result> {
  const seen = { ours: [] as (readonly number[])[], theirs: [] as (readonly number[])[] }
  for (let round = -warmUp; round < rounds; round += 1) {
    const [first, second] = round % 2 === 0 ? [ours, theirs] : [theirs, ours]
    const samples = new Map([[first, await first.round()]])
    samples.set(second, await second.round())
    if (round < 0) continue
    seen.ours.push(samples.get(ours) ?? [])
    seen.theirs.push(samples.get(theirs) ?? [])
  }
  const middle = (samples: readonly number[] | undefined) => figuresOf(samples ?? []).median
  const ratio = figuresOf(seen.ours.map((own, at) => middle(own) / middle(seen.theirs[at])))
  return {
    what,
    unit,
    ours: { name: ours.name, ...figuresOf(seen.ours.flat()) },
    theirs: { name: theirs.name, ...figuresOf(seen.theirs.flat()) },
    ratio,
    ...(goal ? { goal } : {}),
    verdict: verdictOf(ratio.median, goal),
    ...(notes ? { notes } : {}),
  }
}

/** A figure that stands alone, against a limit of its own. */
export function alone({
  what,
  unit,
  name,
  samples,
  goal,
  notes,
}: {
  readonly what: string
  readonly unit: string
  readonly name: string
  readonly samples: readonly number[]
  readonly goal?: Goal
  readonly notes?: readonly string[]
}): Result {
  const ours = { name, ...figuresOf(samples) }
  return {
    what,
    unit,
    ours,
    ...(goal ? { goal } : {}),
    verdict: verdictOf(ours.median, goal),
    ...(notes ? { notes } : {}),
  }
}

/** Where something went wrong a figure is worth nothing, however good: the goal is missed, and each note says why. */
export const spoiltBy = (wrong: readonly string[], result: Result): Result =>
  wrong.length === 0
    ? result
    : { ...result, verdict: 'missed', notes: [...(result.notes ?? []), ...wrong] }

/** What a run of benches ends with: 1 where a goal was missed. */
export const exitCodeOf = (results: readonly Result[]): 0 | 1 =>
  results.some(({ verdict }) => verdict === 'missed') ? 1 : 0

function verdictOf(value: number, goal: Goal | undefined): Result['verdict'] {
  if (goal === undefined) return 'no goal'
  const met = 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
  return met ? 'met' : 'missed'
}
