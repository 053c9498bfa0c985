import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '#ports/log.ts'

/** Calls `work` again and again, each time `ms` after it ended; a failure is logged and changes nothing. */
export function repeat(
  ms: number,
  onFailure: string,
  log: Log,
  work: () => Promise<void>,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await work().catch((error: unknown) => log.warn({ error }, onFailure))
      await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const ended = loop()
  return {
    stop: () => {
      stopping.abort()
      return ended
    },
  }
}
