import { setTimeout as sleep } from 'node:timers/promises'

/** Work begins after the acknowledgements of what arrived meanwhile: somebody waits for those, for three seconds at most. */
export interface Lull {
  /** An admission is under way until `admission` settles. */
  during<Outcome>(urgent: boolean, admission: Promise<Outcome>): Promise<Outcome>
  /** Resolves when none is; what is urgent waits for what is urgent only. Never waits long, however much arrives. */
  comes(urgent: boolean): Promise<void>
  /**
   * Resolves when what is urgent does not come close upon another any more, and none of it is under way; at once after one that came
   * alone, and after `longestMs` and a lull however close they come.
   */
  calm(longestMs: number): Promise<void>
}

/** In ms. */
const longestMs = 100
/** Closer upon each other than this they would find our processor busy with the one before. In ms. */
const closeMs = 25

/** In ms. */
export interface Time {
  now(): number
  wait(ms: number): Promise<unknown>
}
const ownTime: Time = { now: () => performance.now(), wait: (ms) => sleep(ms) }

export function lulls({ now, wait }: Time = ownTime): Lull {
  const urgent = counter()
  const all = counter()
  /** When the newest two that are urgent came. */
  let came = { before: -Infinity, last: -Infinity }
  const isBurst = () => came.last - came.before < closeMs
  return {
    async during(isUrgent, admission) {
      if (isUrgent) came = { before: came.last, last: now() }
      const counting = isUrgent ? [urgent, all] : [all]
      for (const one of counting) one.add(1)
      try {
        return await admission
      } finally {
        for (const one of counting) one.add(-1)
      }
    },
    comes: (isUrgent) => (isUrgent ? urgent : all).none(),
    async calm(mostMs) {
      const until = now() + mostMs
      while (isBurst()) {
        const leftMs = Math.min(came.last + closeMs, until) - now()
        if (leftMs <= 0) break
        await wait(leftMs)
      }
      await urgent.none()
    },
  }
}

function counter() {
  let underWay = 0
  let none = Promise.withResolvers<void>()
  none.resolve()
  return {
    add(change: 1 | -1): void {
      if (underWay === 0) none = Promise.withResolvers()
      underWay += change
      if (underWay === 0) none.resolve()
    },
    async none(): Promise<void> {
      if (underWay === 0) return
      const giveUp = new AbortController()
      await Promise.race([
        none.promise,
        sleep(longestMs, undefined, { signal: giveUp.signal }).catch(() => undefined),
      ])
      giveUp.abort()
    },
  }
}
