import type { RegionProvider, Seen } from './provider.ts'
import type { Manner, Moves } from './route-words.ts'
import type { RegionTarget } from './schema.ts'

/** `undefined` where no writes have to move. */
export function writesToMove(
  { writes }: Seen,
  [first = '', ...rest]: readonly string[],
): Moves | undefined {
  const from = writes?.order[0]
  if (!writes || writes.isShared || from === undefined) return undefined
  return [first, ...rest].includes(from) ? undefined : { writes, from, to: first }
}

/** Why the writes cannot be moved like that. What cannot be known is asked once more when it is done. */
export async function whyClosed(
  provider: RegionProvider,
  { at }: RegionTarget,
  { writes }: Seen,
  moves: Moves | undefined,
  manner: Manner,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!moves)
    return manner === 'planned'
      ? undefined
      : writes?.isShared
        ? `every region of the ${writes.name} takes writes: none has to be given up`
        : 'no writes have to be moved'
  const { name, order, offline, isBusy, says } = moves.writes
  if (isBusy)
    return `the ${name} is ${says}: it takes no other change until that is done; look again then`
  if (!order.includes(moves.to)) return `the ${name} has no copy in ${moves.to}`
  if (offline.includes(moves.to))
    return `the ${name} is offline in ${moves.to}; bring it back first`
  const answers = (region: string) => provider.answers(at, region, signal)
  const [old, next] = await Promise.all([answers(moves.from), answers(moves.to)])
  if (!next) return `the ${name} does not answer in ${moves.to}`
  if (manner === 'planned' && !old)
    return `the ${name} does not answer in ${moves.from}: writes can be moved without a loss only while both regions are up, and Azure does not do it in an outage`
  return manner === 'offline' && old
    ? `the ${name} answers in ${moves.from}: to give it up could lose writes for nothing`
    : undefined
}
