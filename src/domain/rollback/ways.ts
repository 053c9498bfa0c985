/** The ways to take a version away, in the order in which they are tried (policy §3): the fastest that touches the least comes first. */
export const wayKinds = [
  'feature-flag',
  'traffic-shift',
  'scale-down',
  'undo',
  'regional-failover',
  'region-offline',
] as const
export type WayKind = (typeof wayKinds)[number]

/** What is done, and which way that is. `says`: after “instead”. */
export const mechanisms = {
  'flag-off': { way: 'feature-flag', says: 'switch the flag off' },
  'mesh-reroute': { way: 'traffic-shift', says: 'shift the traffic' },
  'service-switch': { way: 'traffic-shift', says: 'switch the Service to the other Deployment' },
  'canary-scale-down': { way: 'scale-down', says: 'scale the canary down' },
  'deployment-undo': { way: 'undo', says: 'undo the Deployment' },
  'statefulset-undo': { way: 'undo', says: 'undo the StatefulSet' },
  'daemonset-undo': { way: 'undo', says: 'undo the DaemonSet' },
  'database-down': { way: 'undo', says: 'take migrations down' },
  'ecs-deployment': { way: 'undo', says: 'deploy the version before on ECS' },
  'compose-up': { way: 'undo', says: 'start the version before by Compose' },
  'slot-switch': { way: 'traffic-shift', says: 'switch back to the other slot' },
  'nginx-canary': { way: 'traffic-shift', says: 'take the canary its share of requests' },
  'rollout-undo': { way: 'undo', says: 'undo the Rollout' },
  'regional-failover': { way: 'regional-failover', says: 'move production to another region' },
  'region-offline': {
    way: 'region-offline',
    says: 'give the lost region’s database up and move production',
  },
} as const satisfies Record<string, { readonly way: WayKind; readonly says: string }>
export type Mechanism = keyof typeof mechanisms

/** One way that the platform has, as far as choosing depends on it. */
export interface Offer {
  readonly mechanism: Mechanism
  readonly expectedMicros: number
  /** Why it is not open now, in sentences; empty where it is. */
  readonly closed: readonly string[]
}

/** A way that was not chosen, and why. */
export interface OtherWay {
  readonly mechanism: Mechanism
  readonly expectedMicros: number
  /** It could be taken instead, when the chosen one has failed. */
  readonly isOpen: boolean
  readonly why: string
}

export interface Wanted {
  readonly order: readonly WayKind[]
  /** The strategy's. */
  readonly budgetMicros: number
  /** Already tried in this rollback, and left. */
  readonly left: readonly Mechanism[]
}

export interface Choice<One> {
  readonly chosen: One
  readonly because: 'first_in_time' | 'first_none_in_time' | 'only_open'
  readonly others: readonly OtherWay[]
}

/**
 * The first open way in the order that is done within the strategy's budget; where none is, the first open one. Undefined where
 * none is open. What a service leaves out of its order comes after what it names.
 */
export function chooseWay<One extends Offer>(
  offers: readonly One[],
  { order, budgetMicros, left }: Wanted,
): Choice<One> | undefined {
  const sorted = sortedBy(order, offers)
  const open = sorted.filter((offer) => isOpen(offer, left))
  const inTime = open.find(({ expectedMicros }) => expectedMicros <= budgetMicros)
  const chosen = inTime ?? open[0]
  if (!chosen) return undefined
  const others = sorted.filter((offer) => offer !== chosen)
  return {
    chosen,
    because: open.length === 1 ? 'only_open' : inTime ? 'first_in_time' : 'first_none_in_time',
    others: others.map((offer) => ({
      mechanism: offer.mechanism,
      expectedMicros: offer.expectedMicros,
      isOpen: isOpen(offer, left),
      why: whyNot(offer, left, sorted.indexOf(offer) < sorted.indexOf(chosen)),
    })),
  }
}

/** The order in which a service wants its ways tried, whole. */
export const wholeOrder = (named: readonly WayKind[] | undefined): readonly WayKind[] => [
  ...new Set([...(named ?? []), ...wayKinds]),
]

/** The best of the ways that were not chosen and are open, for when the chosen one fails. */
export const nextWay = (others: readonly OtherWay[] | undefined): OtherWay | undefined =>
  others?.find(({ isOpen: open }) => open)

const isOpen = ({ closed, mechanism }: Offer, left: readonly Mechanism[]): boolean =>
  closed.length === 0 && !left.includes(mechanism)

const sortedBy = <One extends Offer>(
  order: readonly WayKind[],
  offers: readonly One[],
): readonly One[] =>
  offers.toSorted((a, b) => place(order, a.mechanism) - place(order, b.mechanism))

const place = (order: readonly WayKind[], mechanism: Mechanism): number =>
  wholeOrder(order).indexOf(mechanisms[mechanism].way)

function whyNot(offer: Offer, left: readonly Mechanism[], isBefore: boolean): string {
  if (left.includes(offer.mechanism)) return 'already tried in this rollback'
  if (offer.closed.length > 0) return offer.closed.join('; ')
  return isBefore ? 'too slow for the strategy' : 'later in the order'
}
