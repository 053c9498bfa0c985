import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#ports/executor.ts'

/** Many may follow at once: never quite at the same time as others. */
const jitter = 0.2

interface Following {
  readonly everyMs: number
  readonly look: () => Promise<Progress>
  /** What is said of whoever gives no answer now; `undefined` where an error is another one, which is thrown. */
  readonly noAnswer: (error: unknown) => string | undefined
  /** How much is wanted, where it is known before the first look. */
  readonly wanted?: number
}

/**
 * Looks until what is looked at is settled or has failed, and tells what is new. Whoever does not answer has not failed: what was
 * last seen stands, and it is said. Ends in silence when the signal says so.
 */
export async function* following(
  { everyMs, look, noAnswer, wanted = 0 }: Following,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  let last: Extract<Progress, { kind: 'moving' }> = { kind: 'moving', ready: 0, wanted, note: '' }
  const seen = () =>
    look().catch((error: unknown): Progress => {
      const note = noAnswer(error)
      if (note === undefined) throw error
      return { ...last, note }
    })
  try {
    for (;;) {
      const now = await seen()
      if (JSON.stringify(now) !== JSON.stringify(last)) yield now
      if (now.kind !== 'moving') return
      last = now
      await sleep(everyMs * (1 + jitter * (2 * Math.random() - 1)), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** For those who tell that no answer came by a class of their own. */
export const saidBy =
  (Kind: abstract new (...args: never[]) => Error) =>
  (error: unknown): string | undefined =>
    error instanceof Kind ? error.message : undefined
