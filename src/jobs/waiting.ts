import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'
import { inTurn } from './repeat.ts'

/** Whoever does work of some kinds, and can be woken for it. */
export interface Workers {
  readonly tasks: readonly string[]
  wake(count: number): void
}

/**
 * Every lane hears of every new job, and would ask the database for it: all questions but one would be in vain. So one is asked in
 * the name of all – what kinds of work wait – and only those who do such work are woken. Word that comes while it is asked is
 * answered by the next.
 */
export function waitingWork(pool: Pool, log: Log) {
  const lanes: Workers[] = []
  let latest: string | undefined
  let isDue = false
  let isOver = false

  const look = inTurn(async () => {
    isDue = false
    if (isOver) return
    const { rows } = await pool.query<{ task: string; count: number }>({
      name: 'waiting-jobs',
      text: `
SELECT task_identifier AS task, count(*)::int AS count
  FROM graphile_worker.jobs
 WHERE locked_at IS NULL AND run_at <= clock_timestamp() AND attempts < max_attempts
 GROUP BY 1`,
    })
    // Asked before, answered after: who has stopped is woken no more.
    if (isOver) return
    const waiting = new Map(rows.map(({ task, count }) => [task, count]))
    for (const { tasks, wake } of lanes) {
      const count = tasks.reduce((sum, task) => sum + (waiting.get(task) ?? 0), 0)
      if (count > 0) wake(count)
    }
  })

  return {
    /** Gives back how to leave. */
    join(workers: Workers): () => void {
      lanes.push(workers)
      return () => void lanes.splice(lanes.indexOf(workers), 1)
    },
    /** Word of new work, as one of the lanes heard it; the others hear the same. No two words are alike: each carries a random number. */
    heard(word: string): void {
      if (word === latest || isOver) return
      latest = word
      if (isDue) return
      isDue = true
      // What waits is found by the sweep, a quarter of a second later.
      look().catch((error: unknown) => log.warn({ error }, 'Looking for waiting work failed'))
    },
    stop(): void {
      isOver = true
    },
  }
}
