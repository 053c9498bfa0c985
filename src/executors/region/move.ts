import { arrangementOf, endpointOf, isSame, servingOf } from './arrangement.ts'
import type { Endpoint, Seen } from './provider.ts'
import type { Arrangement, RegionChange } from './schema.ts'

/** What there is to do for a change, by how the regions are arranged at the moment. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'superseded'; readonly why: string }
  /** Somebody else's word is needed first. */
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'make' }

const nothing = { kind: 'nothing' } as const
const superseded = (why: string): Move => ({ kind: 'superseded', why })

export const takesBack = ({ kind, from, to }: RegionChange): boolean =>
  to < from || kind === 'take_up'

/**
 * No provider knows a token by which a change could be told from another, nor a condition. So every change carries the whole
 * planned way, and is made only where the arrangement is the one it begins with.
 */
export function moveFor(change: RegionChange, seen: Seen | undefined): Move {
  if (!seen) return superseded('what directs the requests is gone')
  if (seen.id !== change.id) return superseded(`${seen.address} is another by now`)
  if (seen.writes?.isBusy && movesWrites(change))
    return { kind: 'wait', why: `the ${seen.writes.name} is ${seen.writes.says}` }
  const now = arrangementOf(seen)
  // Where it takes no writes it changes nothing of the arrangement, and is never in the way.
  if (change.kind === 'take_up') return isDone(change, seen) ? nothing : { kind: 'make' }
  if (isSame(now, stateAt(change, change.to))) return nothing
  const isPlanned = change.path.some((one) => isSame(one, now))
  // Made, and overtaken since: nothing of that is taken back or made a second time.
  if (isDone(change, seen) && (isPlanned || !takesBack(change))) return nothing
  if (isPlanned && keepsWrites(change, seen)) return nothing
  if (!isSame(now, stateAt(change, change.from)))
    return superseded(`${seen.address} was arranged anew meanwhile: open are ${listed(now)}`)
  return change.kind === 'close' ? closing(change, seen) : { kind: 'make' }
}

/** Whoever only moves requests need not wait for a database at work: if it moves its writes meanwhile, that is seen. */
const movesWrites = ({ kind, path }: RegionChange): boolean =>
  kind === 'take_up' || new Set(path.map(({ writesIn }) => writesIn)).size > 1

/** Never the last one, and never before where the requests go then is well itself: that any other one is does not help. */
function closing(change: RegionChange, seen: Seen): Move {
  const isBack = takesBack(change)
  const others = seen.endpoints.filter(({ name, isOpen }) => isOpen && name !== change.endpoint)
  const next = answeredWith(stateAt(change, isBack ? 0 : change.path.length - 1), seen)
  if (next.length > 0 && (isBack ? next.some(isOnline) : next.every(isOnline)))
    return { kind: 'make' }
  const own = endpointOf(seen, change.endpoint)
  if (others.length === 0)
    return superseded(`${change.region} is the last region that is open, and stays so`)
  // A region that was opened for this and did not come up takes nothing away with it.
  if (isBack && own?.health === 'ill') return { kind: 'make' }
  const missing = next.filter((one) => !isOnline(one))
  if (missing.some(({ health }) => health === 'checking'))
    return { kind: 'wait', why: `the health of ${named(missing)} is not known yet` }
  return superseded(
    `where the requests would go is not well (${named(missing)}): ${change.region} stays open`,
  )
}

/** Which endpoints are answered with in an arrangement, by the ranks of now. */
const answeredWith = ({ open }: Arrangement, seen: Seen): readonly Endpoint[] =>
  servingOf({
    ...seen,
    endpoints: seen.endpoints.map((one) => ({ ...one, isOpen: open.includes(one.name) })),
  }).flatMap(({ name }) => endpointOf(seen, name) ?? [])

const isOnline = ({ health }: Endpoint): boolean => health === 'online'
const named = (endpoints: readonly Endpoint[]): string =>
  endpoints.map(({ name, says }) => `${name} is ${says}`).join(', ')
const listed = ({ open }: Arrangement): string => open.join(', ') || 'none'

/** An undo would close a region that took the writes of one that was given up: nothing moves them back, so it stays open. */
export function keepsWrites(change: RegionChange, seen: Seen): boolean {
  const { kind, region, to } = change
  return (
    kind === 'close' &&
    takesBack(change) &&
    arrangementOf(seen).writesIn === region &&
    stateAt(change, to).writesIn !== region
  )
}

/** Its own part is as wanted, whatever else is. */
export function isDone({ kind, endpoint, region }: RegionChange, seen: Seen): boolean {
  const { open, writesIn } = arrangementOf(seen)
  switch (kind) {
    case 'open':
      return open.includes(endpoint)
    case 'close':
      return !open.includes(endpoint)
    case 'write_to':
      return writesIn === region
    case 'give_up':
      return writesIn !== null && writesIn !== region
    case 'take_up':
      return !(seen.writes?.offline ?? []).includes(region)
  }
}

export function stateAt({ path }: RegionChange, at: number): Arrangement {
  const found = path[at]
  if (!found) throw new Error(`a change of regions has no place ${at} on its way`)
  return found
}
