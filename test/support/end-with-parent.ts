import { setTimeout as sleep } from 'node:timers/promises'

/** Enough for whatever a busy machine lets go of in order, in ms. */
const stopMs = 10_000

/**
 * Ends this process when its parent has gone, or goes: in order where that can be done, and otherwise all the same. Nobody is left who
 * would answer it, or end it.
 */
export function endWithParent(stop: () => Promise<void>, withinMs = stopMs): void {
  const end = async () => {
    const stopped = stop().then(() => 0)
    process.exit(await Promise.race([stopped, sleep(withinMs, 1)]))
  }
  if (process.connected) process.once('disconnect', () => void end())
  else void end()
}
