import type { Warning } from '#domain/rollback/plan.ts'
import type { PatchOperation } from '../api.ts'
import type { Metadata } from '../objects.ts'

/** Where a route sends requests, and how many of them. */
export interface Destination {
  /** As the configuration names it: `checkout/canary`, or the Service of a backend. */
  readonly name: string
  /** Which of the two versions is behind it; undefined: neither. */
  readonly arm: 'stable' | 'canary' | undefined
  /** As it counts, whether or not it is written there. */
  readonly weight: number
  /** JSON Pointer of its weight. */
  readonly path: string
  /** That it is still this destination which stands there. */
  readonly isStill: PatchOperation
}

/** The one route of an object by which the traffic of a service is divided. */
export interface Division {
  readonly metadata: Metadata
  /** As the card says it: `route primary of VirtualService checkout`. */
  readonly title: string
  readonly destinations: readonly Destination[]
  /** That it is still this route which stands there, where it has a name. */
  readonly tests: readonly PatchOperation[]
  /** Other routes that send requests to the canary: of the same object, and where a plan is made of any in its namespace. */
  readonly alsoToCanary: readonly string[]
  readonly warnings: readonly Warning[]
  /** Why what is written has no effect yet; undefined once it has, as far as anybody says. */
  readonly pending: string | undefined
}

/** Thrown where nobody can tell which weights are meant, or where they are not ours to write; the message is for people. */
export class Undivided extends Error {
  override readonly name = 'Undivided'
}

/** Weights are told apart by their destinations' names. Throws `Undivided` where two have the same. */
export function distinct(
  title: string,
  destinations: readonly Destination[],
): readonly Destination[] {
  const twice = destinations.find(
    ({ name }, index) => destinations.findIndex((one) => one.name === name) !== index,
  )
  if (twice) throw new Undivided(`${title} names ${twice.name} twice`)
  return destinations
}

export type Weights = Readonly<Record<string, number>>

export const weightsOf = ({ destinations }: Pick<Division, 'destinations'>): Weights =>
  Object.fromEntries(destinations.map(({ name, weight }) => [name, weight]))

/** Percent of what both versions have together, as `weightsFor` takes it. Where both weights are 0 neither is served, and nobody has a share. */
export function shareOf(
  { destinations }: Pick<Division, 'destinations'>,
  arm: 'stable' | 'canary',
) {
  const total = sum(
    destinations.flatMap(({ arm: one, weight }) => (one === undefined ? [] : [weight])),
  )
  const own = sum(destinations.flatMap((one) => (one.arm === arm ? [one.weight] : [])))
  return total === 0 ? 0 : (100 * own) / total
}

/**
 * Weights that sum up to 100 and give the canary `share` percent of what both versions have together; other destinations keep
 * what they have. Older Istio refuses any other sum.
 */
export function weightsFor(division: Pick<Division, 'destinations'>, share: number): Weights {
  const { destinations } = division
  const total = sum(destinations.map(({ weight }) => weight))
  const others = destinations
    .filter(({ arm }) => arm === undefined)
    .map(
      ({ name, weight }) => [name, total === 0 ? 0 : Math.round((100 * weight) / total)] as const,
    )
  const both = 100 - sum(others.map(([, weight]) => weight))
  const canary = Math.round((both * share) / 100)
  return Object.fromEntries([
    ...others,
    ...destinations.flatMap(({ name, arm }) =>
      arm === undefined ? [] : [[name, arm === 'canary' ? canary : both - canary] as const],
    ),
  ])
}

/** `stable 90, canary 10`, the most first. */
export const weightsText = (weights: Weights): string =>
  Object.entries(weights)
    // The record gives names back in an order of its own.
    .toSorted(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
    .map(([name, weight]) => `${name} ${weight}`)
    .join(', ')

/** One change for all weights of the route, refused by the server if the object, the route or a destination is another by now. */
export const weightOperations = (
  { metadata, tests, destinations }: Division,
  weights: Weights,
): readonly PatchOperation[] => [
  { op: 'test', path: '/metadata/uid', value: metadata.uid },
  { op: 'test', path: '/metadata/generation', value: metadata.generation ?? 0 },
  ...tests,
  ...destinations.flatMap(({ name, path, isStill }): readonly PatchOperation[] => {
    const weight = weights[name]
    return weight === undefined ? [] : [isStill, { op: 'add', path, value: weight }]
  }),
]

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
