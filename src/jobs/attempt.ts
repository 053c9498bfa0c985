import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'
import { NotYet } from '#ports/not-yet.ts'
import { TenureOver } from '#ports/tenure.ts'
import type { Membership } from './liveness.ts'
import type { Patience } from './patience.ts'
import { queueAgain, type Taken } from './queue.ts'

export interface Beginning {
  readonly log: Log
  /** A piece of work is taken up now, by whoever this process is then. */
  begin(work: Named, here?: Membership): Begun
}

interface Named {
  readonly name: string
  /** By somebody, who waits for what comes of it. */
  readonly isPressed?: true
}

interface Begun {
  /** Aborts when this process must let go of what it does. */
  readonly signal: AbortSignal
  /** Others may have taken over what is done here. */
  isOver(): boolean
  during<Result>(work: () => Result): Result
}

/** Before work is looked at again that this process may not do now. */
const outOfTouchMs = 250

/**
 * Runs the work once. A failure queues it again after a pause, as long as there is patience. Who says when to come again is asked then,
 * and holds no place meanwhile. When this process stops, another one carries on at once.
 */
export async function attempt(
  { log, begin }: Beginning,
  {
    task,
    key,
    failures,
    patience: { tries, pauseMs },
  }: {
    readonly task: string
    readonly key: string
    readonly failures: number
    readonly patience: Patience
  },
  {
    work,
    again,
    end,
  }: {
    work(signal: AbortSignal): Promise<void>
    /** Queues it once more. */
    again(failures: number, inMs: number): Promise<void>
    end(error: unknown): Promise<void>
  },
): Promise<void> {
  const { signal, during, isOver } = begin({
    name: key,
    ...(task === 'deliver-urgent' ? { isPressed: true } : {}),
  })
  // Taken up as this process stopped: whoever goes on carries it out.
  if (signal.aborted) return again(failures, isOver() ? outOfTouchMs : 0)
  try {
    await during(() => work(signal))
    if (isOver()) return again(failures, outOfTouchMs)
    if (signal.aborted) await again(failures, 0)
  } catch (error) {
    if (error instanceof TenureOver || isOver()) return again(failures, outOfTouchMs)
    if (signal.aborted) return again(failures, 0)
    if (error instanceof NotYet) return again(failures, error.afterMs)
    const failed = failures + 1
    log.error({ error, task, key, failed }, 'A piece of work failed')
    if (failed >= tries) return end(error)
    await again(failed, pauseMs(failed))
  }
}

/**
 * Lets go of work that is to be done again. Whoever has been given it meanwhile keeps it: ended by us, its job would be gone under
 * their hands, and queued anew, two would be at it. A job that fails is put off for long if it is held under the name under which it
 * was taken, so while that name is at it again, it is waited for.
 */
export async function letGo(
  pool: Pool,
  taken: Taken,
  again: Parameters<typeof queueAgain>[1],
): Promise<void> {
  for (;;) {
    const holder = await insist(() => queueAgain(pool, again, taken))
    if (holder === 'theirs') throw new TenureOver('it has been taken over')
    if (holder !== 'ours anew') return
    await sleep(outOfTouchMs)
  }
}

/** While the database is away, what cannot be queued again is tried again here: whatever else would take the job up comes later. */
export async function insist<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let left = 40; ; left -= 1)
    try {
      return await act()
    } catch (error) {
      if (left === 0) throw error
      await sleep(250)
    }
}
