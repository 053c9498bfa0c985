import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from 'graphile-worker'
import type { Pool } from 'pg'
import type { DeliveryId, IncidentId } from '#domain/ids.ts'
import type { Log } from '#ports/log.ts'
import { NotYet } from '#ports/not-yet.ts'
import { TenureOver } from '#ports/tenure.ts'
import { giveUp, queueAgain, type Taken } from './queue.ts'
import { DeliveryJob, IncidentJob, SingleJob } from './schema.ts'

/** The work itself. Each may run again after it failed or was cut off, and must find what it had done. */
export interface Tasks {
  advance(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** One look at a service that is watched. */
  assess(assessment: IncidentId, signal: AbortSignal): Promise<void>
  /** One look at a service that may be rolled back by itself. */
  automate(stream: IncidentId, signal: AbortSignal): Promise<void>
  evidence(incident: IncidentId, signal: AbortSignal): Promise<void>
  impact(incident: IncidentId, signal: AbortSignal): Promise<void>
  freeze(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Shows what `Outbox.waiting` gives. */
  show(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Handles a delivery and says `Inbox.done`. */
  deliver(delivery: DeliveryId, signal: AbortSignal): Promise<void>
  /** Takes in what machines have sent, all that is there. */
  alerts(signal: AbortSignal): Promise<void>
  /** Proposes the rollback that an alert of the incident asks for. */
  propose(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** Calls people outside of Slack. */
  page(incident: IncidentId, signal: AbortSignal): Promise<void>
  /** At the start and every minute: looks at what runs, so that what ran well is known before it is needed. */
  observe(signal: AbortSignal): Promise<void>
  /** Every minute: reads and writes as a test user, where a service has an address for it. */
  check(signal: AbortSignal): Promise<void>
  /** Takes away what stands twice in what people see. */
  twice(signal: AbortSignal): Promise<void>
  /** Every five minutes: has the cards of what is open drawn again, so that none shows for long what is not so. */
  redraw(): Promise<void>
  /** Signed heads, tidying up. */
  hourly(signal: AbortSignal): Promise<void>
}

interface Parts {
  readonly pool: Pool
  readonly log: Log
  readonly tasks: Tasks
  /** A piece of work is taken up now. */
  begin(name: string): Begun
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

/** Tasks as graphile-worker calls them: payloads checked, failures logged and tried again soon. */
export function taskList(parts: Parts) {
  const { tasks } = parts
  return {
    advance: incidentTask(parts, 'advance', tasks.advance, { serial: true, priority: -5 }),
    assess: incidentTask(parts, 'assess', tasks.assess, { serial: true }),
    automate: incidentTask(parts, 'automate', tasks.automate, { serial: true }),
    show: incidentTask(parts, 'show', tasks.show, { serial: true }),
    freeze: incidentTask(parts, 'freeze', tasks.freeze, { serial: true }),
    // Measured beside the rollback: worth a few tries, not more.
    evidence: incidentTask(parts, 'evidence', tasks.evidence, { tries: 5 }),
    impact: incidentTask(parts, 'impact', tasks.impact, { tries: 5 }),
    propose: incidentTask(parts, 'propose', tasks.propose, { serial: true, tries: 5 }),
    page: incidentTask(parts, 'page', tasks.page, { serial: true }),
    alerts: singleTask(parts, 'alerts', tasks.alerts),
    twice: singleTask(parts, 'twice', tasks.twice),
    deliver: deliveryTask(parts, 'deliver'),
    'deliver-urgent': deliveryTask(parts, 'deliver-urgent'),
    hourly: (() => tasks.hourly(parts.begin('hourly').signal)) satisfies Task,
    redraw: (() => tasks.redraw()) satisfies Task,
    check: (() => tasks.check(parts.begin('check').signal)) satisfies Task,
    observe: (() => tasks.observe(parts.begin('observe').signal)) satisfies Task,
  }
}

function incidentTask(
  parts: Parts,
  task:
    | 'advance'
    | 'assess'
    | 'automate'
    | 'show'
    | 'freeze'
    | 'evidence'
    | 'impact'
    | 'propose'
    | 'page',
  work: (incident: IncidentId, signal: AbortSignal) => Promise<void>,
  { serial = false, priority = 0, tries = Number.POSITIVE_INFINITY },
): Task {
  return async (given, { job }) => {
    const { incident, failures } = IncidentJob.parse(given)
    const key = `${task}:${incident}`
    await attempt(
      parts,
      { task, key, queue: serial ? key : undefined, priority, failures, tries, taken: job },
      {
        work: (signal) => work(incident, signal),
        payload: (failed) => ({ incident, failures: failed }),
        end: async () => undefined,
      },
    )
  }
}

/** One at a time over all replicas: an incident is opened once. */
function singleTask(
  parts: Parts,
  task: 'alerts' | 'twice',
  work: (signal: AbortSignal) => Promise<void>,
): Task {
  return async (given, { job }) => {
    const { failures } = SingleJob.parse(given)
    await attempt(
      parts,
      {
        task,
        key: task,
        queue: task,
        priority: 0,
        failures,
        tries: Number.POSITIVE_INFINITY,
        taken: job,
      },
      {
        work,
        payload: (failed) => ({ failures: failed }),
        end: async () => undefined,
      },
    )
  }
}

function deliveryTask(parts: Parts, task: 'deliver' | 'deliver-urgent'): Task {
  return async (given, { job }) => {
    const { delivery, failures } = DeliveryJob.parse(given)
    const key = `deliver:${delivery}`
    await attempt(
      parts,
      { task, key, queue: undefined, priority: 0, failures, tries: 8, taken: job },
      {
        work: (signal) => parts.tasks.deliver(delivery, signal),
        payload: (failed) => ({ delivery, failures: failed }),
        end: (error) => giveUp(parts.pool, delivery, String(error)),
      },
    )
  }
}

/**
 * Runs the work once. A failure queues it again after 0.25, 0.5, 1 … at most 15 s; graphile-worker's
 * own pauses grow to hours. Who says when to come again is asked then, and holds no place meanwhile. When this process stops,
 * another one carries on at once.
 */
async function attempt(
  { pool, log, begin }: Parts,
  job: {
    readonly task: string
    readonly key: string
    readonly queue: string | undefined
    readonly priority: number
    readonly failures: number
    readonly tries: number
    readonly taken: Taken
  },
  {
    work,
    payload,
    end,
  }: {
    work(signal: AbortSignal): Promise<void>
    payload(failures: number): object
    end(error: unknown): Promise<void>
  },
): Promise<void> {
  const { task, key, queue, priority, failures, tries, taken } = job
  const again = (failed: number, inMs: number) =>
    letGo(pool, taken, { task, key, queue, priority, inMs, payload: payload(failed) })
  const { signal, during, isOver } = begin(key)
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
    await again(failed, Math.min(250 * 2 ** failures, 15_000))
  }
}

/**
 * Lets go of work that is to be done again. Whoever has been given it meanwhile keeps it: ended by us, its job would be gone under
 * their hands, and queued anew, two would be at it. A job that fails is put off for long if it is held under the name under which it
 * was taken, so while that name is at it again, it is waited for.
 */
async function letGo(
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
async function insist<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let left = 40; ; left -= 1)
    try {
      return await act()
    } catch (error) {
      if (left === 0) throw error
      await sleep(250)
    }
}
