import { following as followingAny, saidBy } from '#executors/following.ts'
import type { Progress } from '#ports/executor.ts'
import { NoAnswer } from './failure.ts'

/** AWS counts questions. */
const usualMs = 5_000

/** Follows what AWS does until it is settled or has failed. */
export const following = (
  everyMs: number = usualMs,
  look: () => Promise<Progress>,
  signal: AbortSignal,
): AsyncIterable<Progress> => followingAny({ everyMs, look, noAnswer: saidBy(NoAnswer) }, signal)
