import { EventEmitter } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Runner,
  run,
  type TaskList,
  type WorkerEvents,
  type WorkerPool,
} from 'graphile-worker'
import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'
import { forgottenJobs } from './forgotten.ts'
import { heldJobs } from './held-jobs.ts'
import type { OneListener } from './one-listener.ts'
import { repeat } from './repeat.ts'
import { steadyPool } from './steady-pool.ts'
import type { waitingWork } from './waiting.ts'
import { workerLog } from './worker-log.ts'

export interface Lane {
  /** The queues of what is being worked on. */
  queues(): readonly number[]
  stop(): Promise<void>
}

/**
 * Workers for some kinds of work. Started again when they end by themselves, as they may when the
 * database went away in the wrong moment. `onPool` learns the name under which they lock jobs.
 */
export async function startLane({
  pool,
  listener,
  log,
  tasks,
  concurrency,
  crontab,
  waiting,
  onPool,
}: {
  readonly pool: Pool
  readonly listener: OneListener
  readonly log: Log
  readonly tasks: TaskList
  readonly concurrency: number
  readonly crontab: string
  readonly waiting: ReturnType<typeof waitingWork>
  readonly onPool: (id: string) => void
}): Promise<Lane> {
  const events: WorkerEvents = new EventEmitter()
  const steady = steadyPool(pool, listener)
  let wake: WorkerPool['nudge'] = () => undefined
  const names: string[] = []
  let isListening = false
  events.on('pool:create', ({ workerPool }) => {
    wake = workerPool.nudge.bind(workerPool)
    // It would ask for work whenever any lane is given some.
    workerPool.nudge = () => undefined
    names.push(workerPool.id)
    onPool(workerPool.id)
  })
  events.on('pool:listen:success', () => (isListening = true))
  events.on('pool:listen:error', () => (isListening = false))
  events.on('pool:listen:notification', ({ message: { channel, payload } }) => {
    if (channel === 'jobs:insert') waiting.heard(payload ?? '')
  })
  const leave = waiting.join({ tasks: Object.keys(tasks), wake: (count) => wake(count) })
  const held = heldJobs(events)
  const freeForgotten = forgottenJobs(pool, held, names)
  const begin = () =>
    run({
      pgPool: steady.pool,
      events,
      logger: workerLog(log),
      taskList: tasks,
      concurrency,
      // New work starts at once, by NOTIFY, and the sweep wakes for what is due later: every worker asks by itself, all day.
      pollInterval: 5_000,
      noHandleSignals: true,
      crontab,
    })
  const stopping = new AbortController()
  let runner: Runner = await begin()

  const watch = async () => {
    while (!stopping.signal.aborted) {
      await runner.promise.catch((error: unknown) => log.error({ error }, 'The workers ended'))
      if (stopping.signal.aborted) return
      await sleep(1_000)
      runner = await begin().catch(() => runner)
    }
  }
  const watching = watch()
  const settling = repeat(250, 'Looking for forgotten jobs failed', log, async () => {
    if (!steady.isInDoubt() && isListening) return
    if (steady.isInDoubt())
      await steady.settle(async () => {
        const freed = await freeForgotten()
        if (freed > 0) log.warn({ freed }, 'Freed jobs whose beginning or end was lost on the way')
      })
    // Each would wait for its next turn otherwise: nobody tells it of new work.
    wake(concurrency)
  })

  return {
    queues: held.queues,
    async stop() {
      stopping.abort()
      leave()
      await settling.stop()
      await runner.stop().catch(() => undefined)
      await watching
    },
  }
}
