import { type RevisionId, revisionId } from '#domain/ids.ts'
import { isSameJson } from '#domain/json.ts'
import type { Endpoint, Seen } from './provider.ts'
import type { Arrangement, RegionTarget } from './schema.ts'

/** By what one arrangement is told from another; how well its parts are is not part of it. */
export const arrangementOf = ({ endpoints, writes }: Seen): Arrangement => ({
  open: endpoints
    .filter(({ isOpen }) => isOpen)
    .map(({ name }) => name)
    .toSorted(),
  writesIn: !writes || writes.isShared ? null : (writes.order[0] ?? null),
})

export const isSame = (one: Arrangement, other: Arrangement): boolean => isSameJson(one, other)

/** The endpoints that are answered with as long as they are well: what is wanted, not what is well. */
export function servingOf({ endpoints, answersWith }: Seen): readonly Endpoint[] {
  const open = endpoints.filter(({ isOpen }) => isOpen)
  if (answersWith === 'every') return open
  return open.toSorted((one, other) => (one.rank ?? 0) - (other.rank ?? 0)).slice(0, 1)
}

export const endpointOf = ({ endpoints }: Seen, name: string): Endpoint | undefined =>
  endpoints.find((one) => one.name === name)

/** The region of an endpoint; none where the target names none. */
export const regionOf = ({ regions }: RegionTarget, endpoint: string): string | undefined =>
  regions.find((one) => one.endpoint === endpoint)?.name

/** A version of this kind of target: the regions that take the requests. */
export const versionOf = (regions: readonly string[]): RevisionId =>
  revisionId(`region:${regions.toSorted().join('+')}`)
export const regionsIn = (version: RevisionId): readonly string[] =>
  version.startsWith('region:') ? version.slice('region:'.length).split('+') : []

export const namesOf = (regions: readonly string[]): string => regions.join(' and ')
