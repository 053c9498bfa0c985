import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { AlertInbox } from '#ports/alerts.ts'

/** Lets in what machines send as long as there is room: people's requests go past it (threats T119, T133). */
export interface Gate {
  /** Asked before a body is read. */
  isShut(): boolean
  /** So much waits in the database that more would only wait longer. */
  isFull(): Promise<boolean>
  /** Begins `work` when it is its turn, and counts what is being taken in until it has run. */
  through<Result>(work: () => Promise<Result>): Promise<Result>
  close(): void
}

/**
 * One for alerts and reports, and one for Flagger: no flood of alerts answers no to what somebody has decided. Flagger's questions are
 * few, and their answer is awaited: however late the process answers, they wait for it. Each has turns of its own.
 */
export function machineGates(
  inbox: Pick<AlertInbox, 'backlog'>,
  turns: () => () => Promise<void>,
  lag = loopLag(),
): { readonly alerts: Gate; readonly flagger: Gate } {
  const never = { recentMs: () => 0, close: () => undefined }
  return { alerts: createGate(inbox, turns(), lag), flagger: createGate(inbox, turns(), never) }
}

/** At once, and by all processes together not handled yet. */
const mostAtOnce = 256
const mostWaiting = 10_000
/** Above this the process answers late: people first. */
const longestLagMs = 200
const freshMs = 1_000

export function createGate(
  inbox: Pick<AlertInbox, 'backlog'>,
  turn: () => Promise<void>,
  lag: { recentMs(): number; close(): void } = loopLag(),
): Gate {
  let inside = 0
  let looked: { readonly until: number; readonly isFull: Promise<boolean> } | undefined
  return {
    isShut: () => inside >= mostAtOnce || lag.recentMs() > longestLagMs,
    isFull() {
      if (looked && performance.now() < looked.until) return looked.isFull
      const isFull = inbox.backlog(mostWaiting).then(
        (waiting) => waiting >= mostWaiting,
        // Whoever writes learns that the database is away.
        () => false,
      )
      looked = { until: performance.now() + freshMs, isFull }
      return isFull
    },
    async through(work) {
      inside += 1
      try {
        await turn()
        return await work()
      } finally {
        inside -= 1
      }
    },
    close: () => lag.close(),
  }
}

/** How late what is due begins, for nine in ten, over the last second or two. */
function loopLag() {
  const resolution = 20
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  let recent = 0
  const timer = setInterval(() => {
    recent = Math.max(0, delay.percentile(90) / 1e6 - resolution)
    delay.reset()
  }, 1_000)
  timer.unref()
  return {
    recentMs: () => recent,
    close() {
      clearInterval(timer)
      delay.disable()
    },
  }
}
