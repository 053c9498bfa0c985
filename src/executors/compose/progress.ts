import { following, saidBy } from '#executors/following.ts'
import { NoAnswer } from '#executors/docker/failure.ts'
import { seconds } from '#domain/time.ts'
import type { Progress } from '#ports/executor.ts'
import { type ComposeParts, hostOf } from './context.ts'
import { shortImage } from './images.ts'
import type { ComposeChange } from './schema.ts'
import { type Condition, conditionOf, longEnough, nameIn, readyOf, type Seen, see } from './seen.ts'

const usualMs = 1_000

/** Follows the containers until each is well by its own health check, or has run long enough where it has none; or one of them is not. */
export const progress = (
  parts: ComposeParts,
  change: ComposeChange,
  signal: AbortSignal,
): AsyncIterable<Progress> =>
  following(
    {
      everyMs: parts.lookEveryMs ?? usualMs,
      look: () => look(parts, change, signal),
      noAnswer: saidBy(NoAnswer),
    },
    signal,
  )

async function look(
  parts: ComposeParts,
  { target, from, to, part }: ComposeChange,
  signal: AbortSignal,
): Promise<Progress> {
  const seen = await see(hostOf(parts, target), target, signal)
  if (!seen) return ended(`${target.service} is gone`, 0, 0)
  const ready = readyOf(seen, to)
  const wanted = part?.scale ?? seen.containers.length
  const own = seen.containers.filter(({ Image }) => Image === to)
  if (seen.asked !== to && seen.asked !== from)
    return ended(`superseded by ${shortImage(seen.asked)}`, ready, wanted)
  const conditions = own.map((one) => conditionOf(one, seen.now))
  const broken = conditions.find(({ kind }) => kind === 'broken')
  if (broken?.kind === 'broken') return ended(broken.why, ready, wanted)
  const stopped = own.find((one) => conditionOf(one, seen.now).kind === 'stopped')
  if (stopped) return ended(`${nameIn(stopped)} has stopped`, ready, wanted)
  if (ready >= (part?.count ?? wanted)) return { kind: 'settled', ready, wanted }
  return { kind: 'moving', ready, wanted, note: noteOf(seen, to, conditions, part) }
}

function noteOf(
  { isMixed, asked }: Seen,
  to: string,
  conditions: readonly Condition[],
  part: ComposeChange['part'],
): string {
  if (asked !== to || (isMixed && !part)) return 'Compose replaces containers'
  const again = conditions.find(({ kind }) => kind === 'restarting')
  if (again?.kind === 'restarting') return again.why
  return conditions.some(({ kind }) => kind === 'unproven')
    ? `no health check: looked at until they have run ${longEnough / seconds(1)} s`
    : 'containers start'
}

const ended = (message: string, ready: number, wanted: number): Progress => ({
  kind: 'failed',
  message,
  ready,
  wanted,
})
