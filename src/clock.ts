import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#ports/clock.ts'

/** Waits by the machine's timer. */
export const clock: Clock = {
  pause: (ms, signal) => sleep(ms, undefined, { signal, ref: true }).catch(() => undefined),
}
