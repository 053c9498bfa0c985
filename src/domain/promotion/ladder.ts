import { hours, type Micros, minutes } from '#domain/time.ts'
import type { GateItem } from './items.ts'

/** One step of a canary: what must hold at this share before it may take more. */
export interface Gate {
  /** Percent. */
  readonly at: number
  readonly after: Micros
  readonly all: readonly GateItem[]
  /** What is said where an item is missed (policy §6). */
  readonly otherwise: 'roll-back' | 'investigate'
  /** Nothing goes on from here by itself. */
  readonly person?: true
}

/** From the smallest share to the largest; after the last gate the canary is promoted in full. */
export interface Ladder {
  readonly name: string
  readonly gates: readonly [Gate, ...Gate[]]
}

const early = ['error-rate', 'new-errors', 'latency', 'complaints'] as const
const last = ['error-rate', 'latency', 'healthy', 'degradation'] as const
const measured = ['error-rate', 'new-errors', 'latency'] as const

const pause = (at: number): Gate => ({
  at,
  after: minutes(10),
  all: measured,
  otherwise: 'roll-back',
})
const small = (at: number): Gate => ({
  at,
  after: minutes(5),
  all: measured,
  otherwise: 'roll-back',
})

/** The ladders that a service can name (policy §6). */
export const ladders = {
  default: {
    name: 'default',
    gates: [
      { at: 1, after: minutes(15), all: early, otherwise: 'roll-back' },
      { at: 10, after: hours(1), all: [...early, 'conversion', 'tickets'], otherwise: 'roll-back' },
      { at: 50, after: hours(4), all: last, otherwise: 'investigate' },
    ],
  },
  pauses: { name: 'pauses', gates: [pause(5), pause(20), pause(50)] },
  'ten-then-person': {
    name: 'ten-then-person',
    gates: [
      { ...pause(10), person: true },
      { at: 50, after: hours(4), all: last, otherwise: 'investigate' },
    ],
  },
  'e-commerce': {
    name: 'e-commerce',
    gates: [
      { at: 1, after: minutes(30), all: [...measured, 'critical-path'], otherwise: 'roll-back' },
      { at: 5, after: hours(1), all: [...early, 'conversion'], otherwise: 'roll-back' },
      {
        at: 25,
        after: hours(2),
        all: [...early, 'conversion', 'tickets'],
        otherwise: 'investigate',
      },
    ],
  },
  'small-steps': {
    name: 'small-steps',
    gates: [small(5), small(10), small(15), small(20), small(25)],
  },
} as const satisfies Record<string, Ladder>
export type LadderName = keyof typeof ladders
export const ladderNames = Object.keys(ladders) as [LadderName, ...LadderName[]]

/** After a rollback (policy §6): small steps, at least 99.5 % must succeed, and whatever else the service's own first gate asks for. */
export function stricter(ladder: Ladder): Ladder {
  const own = ladder.gates[0].all
  const [first, ...rest] = ladders['small-steps'].gates
  const held = (gate: Gate): Gate => ({
    ...gate,
    all: [...new Set<GateItem>([...gate.all, 'success', ...own])],
    person: true,
  })
  return {
    name: `${ladder.name}, stricter after a rollback`,
    gates: [held(first), ...rest.map(held)],
  }
}

/** Platforms count in whole instances: 9 % of eleven pods is their 10 %. */
const slack = 1.15

/** The step that a share belongs to: the largest that it has reached, else the first. */
export const gateAt = ({ gates }: Ladder, share: number): Gate =>
  gates.findLast(({ at }) => at <= share * slack) ?? gates[0]

/** The share that comes after `share`, as far as the platform can stop there; 100 is in full. */
export function shareAfter(
  { gates }: Ladder,
  share: number,
  stops: readonly number[] | undefined,
): number {
  const wanted = gates.find(({ at }) => at > share * slack)?.at ?? 100
  if (stops === undefined) return wanted
  const ahead = [...stops.filter((stop) => stop > share && stop < 100), 100].toSorted(
    (one, other) => one - other,
  )
  return ahead.findLast((stop) => stop <= wanted) ?? ahead[0] ?? 100
}

/** The shares at which a canary will stop from here on, 100 last; where its platform stops anywhere, all steps of the ladder. */
export function sharesAhead(
  ladder: Ladder,
  share: number,
  stops: readonly number[] | undefined,
): readonly number[] {
  if (stops === undefined) return [...ladder.gates.map(({ at }) => at), 100]
  if (share >= 100) return []
  const next = shareAfter(ladder, share, stops)
  return [next, ...sharesAhead(ladder, next, stops)]
}

/** What nobody could have meant. */
export function ladderProblems(gates: readonly Gate[]): readonly string[] {
  return gates.flatMap(({ at, all }, index) => {
    const before = gates[index - 1]
    return [
      ...(before && before.at >= at
        ? [`the steps must rise: ${at} % comes after ${before.at} %`]
        : []),
      ...(all.length === 0 ? [`nothing has to hold at ${at} %: name at least one item`] : []),
    ]
  })
}
