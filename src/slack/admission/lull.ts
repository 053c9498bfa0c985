import { setTimeout as sleep } from 'node:timers/promises'

/** Work begins after the acknowledgements of what arrived meanwhile: somebody waits for those, for three seconds at most. */
export interface Lull {
  /** An admission is under way until `admission` settles. */
  during<Outcome>(urgent: boolean, admission: Promise<Outcome>): Promise<Outcome>
  /** Resolves when none is; what is urgent waits for what is urgent only. Never waits long, however much arrives. */
  comes(urgent: boolean): Promise<void>
}

/** In ms. */
const longestMs = 100

export function lulls(): Lull {
  const urgent = counter()
  const all = counter()
  return {
    async during(isUrgent, admission) {
      const counting = isUrgent ? [urgent, all] : [all]
      for (const one of counting) one.add(1)
      try {
        return await admission
      } finally {
        for (const one of counting) one.add(-1)
      }
    },
    comes: (isUrgent) => (isUrgent ? urgent : all).none(),
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
