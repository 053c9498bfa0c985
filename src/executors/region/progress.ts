import { following, saidBy } from '#executors/following.ts'
import type { Progress } from '#ports/executor.ts'
import { arrangementOf, endpointOf, isSame } from './arrangement.ts'
import { closedKey, providerOf, type RegionParts } from './context.ts'
import { isDone, keepsWrites } from './move.ts'
import { NoAnswer, type RegionProvider, type Seen, type WritesChange } from './provider.ts'
import type { RegionChange } from './schema.ts'

/** Clouds count questions. */
const usualMs = 5_000

/** Follows a change by how things are, so that another process can go on with it: nothing but the arrangement says how far it is. */
export function progress(
  parts: RegionParts,
  change: RegionChange,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  const provider = providerOf(parts, change.target)
  return following(
    {
      everyMs: parts.lookEveryMs ?? usualMs,
      look: () => look(parts, provider, change, signal),
      noAnswer: saidBy(NoAnswer),
      wanted: 1,
    },
    signal,
  )
}

async function look(
  parts: RegionParts,
  provider: RegionProvider,
  change: RegionChange,
  signal: AbortSignal,
): Promise<Progress> {
  const seen = await provider.see(change.target.at, signal)
  if (!seen || seen.id !== change.id) return failed('what directs the requests is gone')
  const now = arrangementOf(seen)
  const isBusy = seen.writes?.isBusy ?? false
  // While the database is at work its arrangement is on its way from one to the other.
  if (!isBusy && !change.path.some((one) => isSame(one, now)))
    return failed(`${seen.address} was arranged anew meanwhile`)
  switch (change.kind) {
    case 'open':
      return opened(change, seen, provider)
    case 'close':
      if (keepsWrites(change, seen)) return settled
      return isDone(change, seen) ? resolved(parts, change, seen) : moving('it is open still')
    case 'write_to':
    case 'give_up':
    case 'take_up':
      return moved({ ...change, kind: change.kind }, seen, provider, signal)
  }
}

function opened(change: RegionChange, seen: Seen, { calls }: RegionProvider): Progress {
  const found = endpointOf(seen, change.endpoint)
  switch (found?.health) {
    case 'online':
      return settled
    case 'ill':
      return failed(`${calls} finds ${change.region} ${found.says}`)
    case 'checking':
      return moving(`${calls} looks whether ${change.region} is well`)
    case 'closed':
    case 'unwatched':
    case undefined:
      return moving(`${change.region} is not open yet`)
  }
}

/** It is closed as soon as nobody needs to have the old answer any more; a process that did not see it close waits the whole time. */
function resolved(parts: RegionParts, change: RegionChange, seen: Seen): Progress {
  const key = closedKey(change)
  const since = parts.closed?.get(key) ?? Date.now()
  parts.closed?.set(key, since)
  const left = seen.ttlSeconds - (Date.now() - since) / (parts.secondMs ?? 1_000)
  return left <= 0
    ? settled
    : moving(`resolvers may have the old answer for up to ${seen.ttlSeconds} s`)
}

async function moved(
  change: RegionChange & WritesChange,
  seen: Seen,
  provider: RegionProvider,
  signal: AbortSignal,
): Promise<Progress> {
  const { writes } = seen
  if (!writes) return failed('the target names no database any more')
  if (writes.isBusy) return moving(`the ${writes.name} is ${writes.says}`)
  if (isDone(change, seen)) return settled
  const operation = await provider.operation(change.target.at, change, signal)
  return operation.kind === 'failed'
    ? failed(`the ${writes.name} did not do it: ${operation.why}`)
    : moving(`the ${writes.name} has not begun yet`)
}

const settled: Progress = { kind: 'settled', ready: 1, wanted: 1 }
const moving = (note: string): Progress => ({ kind: 'moving', ready: 0, wanted: 1, note })
const failed = (message: string): Progress => ({ kind: 'failed', message, ready: 0, wanted: 1 })
