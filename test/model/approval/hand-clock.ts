import type { Clock } from './room.ts'

/** Stands still until it is moved. */
export function handClock(): Clock {
  let time = Date.UTC(2026, 10, 21, 12) * 1_000
  return {
    now: () => time,
    set: async (to) => {
      time = to
    },
  }
}
