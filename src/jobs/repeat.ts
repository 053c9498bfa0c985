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

/** Each call waits for the one before it to end, however that ended. */
export function inTurn(work: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return () => {
    last = last.then(work, work)
    return last
  }
}
