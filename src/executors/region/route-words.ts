import type { Step, Warning } from '#domain/rollback/plan.ts'
import { type Micros, seconds } from '#domain/time.ts'
import { endpointOf } from './arrangement.ts'
import type { RegionProvider, Seen, Writes } from './provider.ts'
import type { RegionTarget } from './schema.ts'

/** How long a database takes to have another region take the writes; the provider promises no time. */
const usualMove = 120

/** How the writes are moved: `planned` loses nothing and needs both regions; `offline` gives a region up that does not answer. */
export type Manner = 'planned' | 'offline'

/** Which writes move, and where to. */
export interface Moves {
  readonly writes: Writes
  readonly from: string
  readonly to: string
}

/** What an approver must know of the way. */
export function warningsOf(
  { calls }: RegionProvider,
  spec: RegionTarget,
  seen: Seen,
  goal: readonly string[],
  moves: Moves | undefined,
  manner: Manner,
): readonly Warning[] {
  const unseen = goal.filter((name) => endpointNamed(spec, seen, name)?.health === 'closed')
  const texts = unseen.map(
    (name) =>
      `${calls} looks at no closed endpoint: whether ${name} is well shows only when it is open, up to ${seen.noticedAfterSeconds} s later, and it may take requests until then`,
  )
  const platform = texts.map((text) => ({ kind: 'platform' as const, text }))
  if (!moves || manner === 'planned') return platform
  const text = moves.writes.isStrong
    ? `the ${moves.writes.name} is taken offline in ${moves.from}: with strong consistency no acknowledged write should be lost, but nobody can look`
    : `the ${moves.writes.name} is taken offline in ${moves.from}: writes that were not copied from there yet may be lost for good`
  const undo = `an undo does not bring the writes back to ${moves.from}: they stay in ${moves.to}, which stays open, until somebody moves them`
  return [{ kind: 'possible_loss', text }, { kind: 'platform', text: undo }, ...platform]
}

export function howText(
  { calls }: RegionProvider,
  { address, ttlSeconds }: Seen,
  steps: readonly Step[],
  moves: Moves | undefined,
): string {
  const done = steps.map(({ name }) => name).join(', then ')
  return [
    `${calls} ${address}: ${done}`,
    ...(moves
      ? [
          `${moves.writes.order.length === 2 ? 'both' : `all ${moves.writes.order.length}`} regions of the ${moves.writes.name} are named`,
        ]
      : []),
    `DNS answers live for ${ttlSeconds} s`,
  ].join(' · ')
}

export function expectedMicros(
  spec: RegionTarget,
  seen: Seen,
  goal: readonly string[],
  moves: Moves | undefined,
): Micros {
  const isOpened = goal.some((name) => !endpointNamed(spec, seen, name)?.isOpen)
  return seconds(
    (isOpened ? seen.noticedAfterSeconds : 0) + (moves ? usualMove : 0) + seen.ttlSeconds,
  )
}

export const nameOf = ({ regions }: RegionTarget, region: string): string =>
  regions.find(({ name }) => name === region)?.endpoint ?? ''
export const endpointNamed = (spec: RegionTarget, seen: Seen, region: string) =>
  endpointOf(seen, nameOf(spec, region))
