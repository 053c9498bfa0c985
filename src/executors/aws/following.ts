import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#ports/executor.ts'
import { NoAnswer } from './failure.ts'

/** AWS counts questions: so often, and never quite at the same time as others. */
const usualMs = 5_000
const jitter = 0.2

/** Looks until what is looked at is settled or has failed; tells what is new. One that does not answer has not failed: what was last seen stands, and it is said. */
export async function* following(
  everyMs: number = usualMs,
  look: () => Promise<Progress>,
  signal: AbortSignal,
): AsyncIterable<Progress> {
  let last: Progress = { kind: 'moving', ready: 0, wanted: 0, note: '' }
  try {
    for (;;) {
      const seen = await look().catch((error: unknown): Progress => {
        if (!(error instanceof NoAnswer)) throw error
        const { ready, wanted } = last
        return { kind: 'moving', ready, wanted, note: error.message }
      })
      if (JSON.stringify(seen) !== JSON.stringify(last)) yield seen
      if (seen.kind !== 'moving') return
      last = seen
      await sleep(everyMs * (1 + jitter * (2 * Math.random() - 1)), undefined, { signal })
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
