import { setTimeout as sleep } from 'node:timers/promises'
import { makeWorkerUtils } from 'graphile-worker'
import type { Pool } from 'pg'
import type { Log } from '#ports/log.ts'
import { type Lane, startLane } from './lane.ts'
import { removeIdleQueues } from './idle-queues.ts'
import { whileInForce } from './in-force.ts'
import { freeDeadReplicas, joinReplicas } from './liveness.ts'
import type { Tenure } from '#ports/tenure.ts'
import { isSettled, openForsakenQueues, queueFirstLook, sweep, unsettled } from './queue.ts'
import { oneListener } from './one-listener.ts'
import { inTurn, repeat } from './repeat.ts'
import { atOnce, type Parts, type Tasks, taskList } from './tasks.ts'
import { waitingWork } from './waiting.ts'
import { type OwnHands, ownHands } from './hands.ts'
import { workerLog } from './worker-log.ts'

export type { Tasks } from './tasks.ts'

export interface Jobs {
  /** How this process is known to the others. */
  readonly replica: string
  /** Another configuration is in force: this process leaves everything to the others. */
  isStandingBy(): boolean
  /** Looks for due work now instead of within a quarter of a second. */
  kick(): Promise<void>
  /** Resolves when nothing is queued, running or due, and throws with what is when that takes too long: for tests, instead of sleeping. */
  settled(withinMs?: number): Promise<void>
  /** Lets running work end at its next chance; what is unfinished goes to another replica or the next start. */
  stop(): Promise<void>
}

/** How many of each may run at once. Lanes of their own: a slow Slack or a flood of alerts delays no rollback, and no command an alert. */
const lanes = [
  // As many again as are begun without a job.
  { tasks: ['deliver-urgent'], concurrency: 2, crontab: '' },
  // Each may plan, and wait for a cluster or a Slack that does not answer: what opens incidents and asks for rollbacks by itself is apart.
  { tasks: ['deliver'], concurrency: 4, crontab: '' },
  { tasks: ['alerts'], concurrency: 1, crontab: '' },
  { tasks: ['propose'], concurrency: 2, crontab: '' },
  { tasks: ['advance'], concurrency: 8, crontab: '' },
  // Metrics may be slow: no rollback waits for them.
  { tasks: ['assess'], concurrency: 2, crontab: '' },
  { tasks: ['automate'], concurrency: 2, crontab: '' },
  // Apart, so that neither holds the other up while a cluster does not answer.
  { tasks: ['freeze'], concurrency: 2, crontab: '' },
  // Whoever is asleep is called, whatever else is slow; one pager that asks to wait holds up no other.
  { tasks: ['page'], concurrency: 4, crontab: '' },
  {
    tasks: [
      'show',
      'suggest',
      'evidence',
      'impact',
      'hourly',
      'observe',
      'redraw',
      'check',
      'twice',
    ],
    concurrency: 4,
    crontab: '0 * * * * hourly\n* * * * * observe\n* * * * * check\n*/5 * * * * redraw',
  },
] as const

/** Begins to work: several processes share one database, each job runs in one of them. */
export async function startJobs({
  pool,
  decisions = pool,
  presses = pool,
  tasks,
  log,
  configuration,
  during = (_, work) => work(),
  hands = ownHands(),
}: {
  readonly pool: Pool
  /** Connections of their own for finding out that somebody has pressed something, and for proving that this process lives. */
  readonly decisions?: Pool
  /** … and for whatever else it takes until a press is carried out, by this process or by another one. */
  readonly presses?: Pool
  readonly tasks: Tasks
  readonly log: Log
  /** Names what this process is told to do: others that are told something else do not work beside it. */
  readonly configuration?: string
  /** Lets a piece of work know for how long it may act. */
  readonly during?: <Result>(tenure: Tenure, work: () => Result) => Result
  /** Opened while this process works. */
  readonly hands?: OwnHands
}): Promise<Jobs> {
  const stopping = new AbortController()
  const workerPools: string[] = []
  const liveness = await joinReplicas(decisions, workerPools, log, configuration)
  let shiftOver = new AbortController()
  const parts: Parts = {
    pool,
    presses,
    log,
    tasks: { ...tasks, hourly: (signal) => hourly(pool, tasks, log, signal) },
    begin({ name, ...of }, here = liveness.present()) {
      const tenure = { ...of, id: here.id, work: name, isOver: () => here.isOver() }
      return {
        signal: AbortSignal.any([stopping.signal, shiftOver.signal, here.lost]),
        isOver: tenure.isOver,
        during: (work) => during(tenure, work),
      }
    },
  }
  const all = taskList(parts)
  // Nobody's decision waits for a connection that slower work has.
  const waiting = waitingWork(decisions, log)
  const listener = oneListener(decisions)
  const running: Lane[] = []
  const shift = await whileInForce(pool, () => liveness.present().id, log, {
    async begin() {
      shiftOver = new AbortController()
      for (const { tasks: names, concurrency, crontab } of lanes)
        running.push(
          await startLane({
            pool: names.some((name) => name === 'deliver-urgent') ? decisions : pool,
            listener,
            log,
            tasks: Object.fromEntries(names.map((name) => [name, all[name]])),
            concurrency,
            crontab,
            waiting,
            onPool: (id) => workerPools.push(id),
          }),
        )
      hands.open(liveness.present, atOnce(parts))
    },
    async end() {
      shiftOver.abort(new Error('another configuration is in force'))
      await Promise.all([hands.close(), ...running.map((lane) => lane.stop())])
      running.length = 0
    },
  })
  await liveness.beat()
  await queueFirstLook(pool)

  // Two looks at once would find, and queue, the same lost work.
  const look = inTurn(() =>
    sweep(presses, () => ({ name: liveness.present().id, held: hands.held() })),
  )
  const loops = [
    repeat(250, 'Looking for due work failed', log, look),
    // By itself: no look at others may cost this process its own lease.
    repeat(500, 'Renewing the lease failed', log, liveness.beat),
    repeat(500, 'Looking for dead replicas failed', log, async () => {
      // Whoever was given up begins nothing in its old name, and looks once it has another.
      if (liveness.present().isOver()) return
      const freed = await freeDeadReplicas(presses)
      if (freed > 0) log.warn({ freed }, 'Took over the work of a replica that is gone')
      const atWork = running.flatMap((lane) => lane.queues())
      const opened = await openForsakenQueues(presses, workerPools, atWork)
      if (opened > 0) log.warn({ opened }, 'Opened incidents that were locked for nobody')
    }),
  ]

  return {
    get replica() {
      return liveness.present().id
    },
    kick: look,
    isStandingBy: () => shift.isStandingBy(),
    async settled(withinMs = 120_000) {
      const until = performance.now() + withinMs
      while (!(await isSettled(pool))) {
        if (performance.now() > until) throw new Error(`not settled: ${await unsettled(pool)}`)
        await look()
        await sleep(10)
      }
    },
    async stop() {
      stopping.abort(new Error('the process is stopping'))
      waiting.stop()
      await shift.stop()
      await Promise.all(loops.map((loop) => loop.stop()))
      await liveness.leave()
    },
  }
}

async function hourly(pool: Pool, tasks: Tasks, log: Log, signal: AbortSignal): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool: pool, logger: workerLog(log) })
  await utils.cleanup({ tasks: ['DELETE_PERMAFAILED_JOBS'] })
  await utils.release()
  await removeIdleQueues(pool)
  await tasks.hourly(signal)
}
