import type { Task } from 'graphile-worker'
import type { Pool } from 'pg'
import type { DeliveryId, IncidentId } from '#domain/ids.ts'
import { attempt, type Beginning, insist, letGo } from './attempt.ts'
import type { CarryOut } from './hands.ts'
import { patience, untilAnswered } from './patience.ts'
import { giveBack, giveUp } from './queue.ts'
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
  /** Takes in what machines have sent that may open an incident, all that is there. */
  alerts(signal: AbortSignal): Promise<void>
  /** Tells people of what machines have sent that may open nothing. */
  suggest(signal: AbortSignal): Promise<void>
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

export interface Parts extends Beginning {
  readonly pool: Pool
  /** For what somebody pressed. */
  readonly presses: Pool
  readonly tasks: Tasks
}

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
    suggest: singleTask(parts, 'suggest', tasks.suggest),
    twice: singleTask(parts, 'twice', tasks.twice),
    deliver: deliveryTask(parts, 'deliver'),
    'deliver-urgent': deliveryTask(parts, 'deliver-urgent'),
    hourly: (() => tasks.hourly(parts.begin({ name: 'hourly' }).signal)) satisfies Task,
    redraw: (() => tasks.redraw()) satisfies Task,
    check: (() => tasks.check(parts.begin({ name: 'check' }).signal)) satisfies Task,
    observe: (() => tasks.observe(parts.begin({ name: 'observe' }).signal)) satisfies Task,
  }
}

interface Given {
  readonly serial?: boolean
  readonly priority?: number
  /** For ever when absent. */
  readonly tries?: number
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
  { serial = false, priority = 0, tries }: Given,
): Task {
  return async (given, { job }) => {
    const { incident, failures } = IncidentJob.parse(given)
    const key = `${task}:${incident}`
    const queue = serial ? key : undefined
    await attempt(
      parts,
      { task, key, failures, patience: patience(tries) },
      {
        work: (signal) => work(incident, signal),
        again: (failed, inMs) =>
          letGo(parts.pool, job, {
            task,
            key,
            queue,
            priority,
            inMs,
            payload: { incident, failures: failed },
          }),
        end: async () => undefined,
      },
    )
  }
}

/** One at a time over all replicas: an incident is opened once, and people are told once. */
function singleTask(
  parts: Parts,
  task: 'alerts' | 'suggest' | 'twice',
  work: (signal: AbortSignal) => Promise<void>,
): Task {
  return async (given, { job }) => {
    const { failures } = SingleJob.parse(given)
    await attempt(
      parts,
      { task, key: task, failures, patience: patience() },
      {
        work,
        again: (failed, inMs) =>
          letGo(parts.pool, job, {
            task,
            key: task,
            queue: task,
            priority: 0,
            inMs,
            payload: { failures: failed },
          }),
        end: async () => undefined,
      },
    )
  }
}

function deliveryTask(parts: Parts, task: 'deliver' | 'deliver-urgent'): Task {
  const pool = task === 'deliver-urgent' ? parts.presses : parts.pool
  return async (given, { job }) => {
    const { delivery, failures } = DeliveryJob.parse(given)
    const key = `deliver:${delivery}`
    await attempt(
      parts,
      { task, key, failures, patience: untilAnswered },
      {
        work: (signal) => parts.tasks.deliver(delivery, signal),
        again: (failed, inMs) =>
          letGo(pool, job, {
            task,
            key,
            queue: undefined,
            priority: 0,
            inMs,
            payload: { delivery, failures: failed },
          }),
        end: (error) => giveUp(pool, delivery, String(error)),
      },
    )
  }
}

/** Carries out a delivery that was never queued; what it cannot carry out is queued then. */
export const atOnce =
  (parts: Parts): CarryOut =>
  async (delivery, here) => {
    const again = async (failures: number, inMs: number) => {
      await insist(() => giveBack(parts.presses, { delivery, by: here.id, failures, inMs }))
    }
    const key = `deliver:${delivery}`
    await attempt(
      { ...parts, begin: (work) => parts.begin(work, here) },
      { task: 'deliver-urgent', key, failures: 0, patience: untilAnswered },
      {
        work: (signal) => parts.tasks.deliver(delivery, signal),
        again,
        end: async () => undefined,
      },
    ).catch((error: unknown) =>
      // The sweep finds it: it is written down as ours, and we do not hold it any more.
      parts.log.warn({ error, key }, 'A delivery could not be given back'),
    )
  }
