import { Counter, Histogram, type Registry } from 'prom-client'
import { type IncidentId, isAutomation } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { decisionOf } from '#domain/rollback/decision-of.ts'
import type { Micros } from '#domain/time.ts'
import { type Change, StaleSequence, type Timeline, WorkloadTaken } from '#ports/store.ts'
import { tells, type Told, told } from './story.ts'

/** What this process writes on the record, and what that tells of decisions and rollbacks. The sum over all replicas is the whole. */
export function recordFigures(registry: Registry) {
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers })
  const histogram = <Label extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: Label[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers })

  const writes = histogram(
    'countermand_timeline_write_seconds',
    'Writing to the timeline, by what came of it; stale: somebody wrote first, and it is decided again.',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    ['outcome'],
  )
  const events = counter('countermand_timeline_events_total', 'Events written, by kind.', ['kind'])
  const decisions = counter(
    'countermand_decisions_total',
    'Decisions people tried to take; refused ones are counted by reason as well.',
    ['decided', 'outcome'],
  )
  const refused = counter('countermand_decisions_refused_total', 'Refused decisions by reason.', [
    'decided',
    'reason',
  ])
  const automatic = counter(
    'countermand_automatic_decisions_total',
    'What automation decided by itself, by the rule that fired; roll_back: a countdown that nobody stopped.',
    ['rule', 'decided'],
  )
  const requested = counter('countermand_rollbacks_requested_total', 'Rollbacks asked for.', [
    'service',
  ])
  const outcomes = counter(
    'countermand_rollback_outcomes_total',
    'What rollbacks came to. One may have several: recovered, and later degraded.',
    ['service', 'outcome'],
  )
  const unread = counter(
    'countermand_figures_lost_total',
    'Events whose figures are missing, because the record could not be read again.',
    [],
  )
  const spans = {
    approved: histogram(
      'countermand_approval_wait_seconds',
      'From the request until the approval that counted.',
      [15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200],
    ),
    executed: histogram(
      'countermand_execution_seconds',
      'From the first step until the last.',
      [1, 5, 10, 20, 30, 60, 120, 180, 300, 900, 1_800],
    ),
    restored: histogram(
      'countermand_time_to_recover_seconds',
      'From the start of the incident until recovery was measured.',
      [60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 86_400],
    ),
    step: histogram(
      'countermand_step_seconds',
      'From the intent of a step until what it waits for had come.',
      [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 900],
      ['executor'],
    ),
  }

  function noted(stream: IncidentId, event: TimelineEvent): void {
    events.inc({ kind: event.kind })
    // What it told an incident stands on its own stream as well.
    if (event.kind === 'automation_fired' && isAutomation(stream))
      automatic.inc({ rule: event.fired.rule, decided: event.effect })
    if (event.kind === 'automation_approved')
      automatic.inc({ rule: event.rule, decided: 'roll_back' })
    if (event.kind === 'decision_refused') {
      const { decided, because } = event
      decisions.inc({ decided, outcome: 'refused' })
      refused.inc({ decided, reason: because.kind })
    }
    const isOurs = event.kind === 'countdown_stopped' && event.by === 'countermand'
    const decided = isOurs ? undefined : decisionOf(event)
    if (decided !== undefined) decisions.inc({ decided, outcome: 'allowed' })
  }

  function measure(one: Told): void {
    switch (one.kind) {
      case 'requested':
        return requested.inc({ service: one.service })
      case 'outcome':
        return outcomes.inc({ service: one.service, outcome: one.outcome })
      case 'step':
        return spans.step.observe({ executor: one.executor }, seconds(one.took))
      case 'approved':
      case 'executed':
      case 'restored':
        return spans[one.kind].observe(seconds(one.took))
    }
  }

  /** Beside the work: nothing waits for figures, and none is worth a fault. */
  async function tell(inner: Timeline, incident: IncidentId, change: Change): Promise<void> {
    if (change.past) return
    for (const event of change.events) noted(incident, event)
    const telling = change.events.filter(tells)
    if (telling.length === 0) return
    try {
      const history = await inner.read(incident)
      for (const event of telling) for (const one of told(history, event)) measure(one)
    } catch {
      unread.inc(telling.length)
    }
  }

  async function writing<Answer>(
    inner: Timeline,
    incident: IncidentId,
    write: () => Promise<{ readonly answer: Answer; readonly change: Change | undefined }>,
  ): Promise<Answer> {
    const stop = writes.startTimer()
    try {
      const { answer, change } = await write()
      stop({ outcome: 'written' })
      if (change) void tell(inner, incident, change)
      return answer
    } catch (error) {
      const isStale = error instanceof StaleSequence || error instanceof WorkloadTaken
      stop({ outcome: isStale ? 'stale' : 'failed' })
      throw error
    }
  }

  return {
    /** Counters from which somebody is called begin at nought: the first of them would be missed otherwise. */
    expect(services: readonly string[]): void {
      for (const service of services)
        for (const outcome of troubles) outcomes.inc({ service, outcome }, 0)
      refused.inc({ decided: 'approve', reason: 'role_source_down' }, 0)
    },
    measuredTimeline: (inner: Timeline): Timeline => ({
      ...inner,
      append: (incident, expectedSeq, change) =>
        writing(inner, incident, async () => ({
          answer: await inner.append(incident, expectedSeq, change),
          change,
        })),
      decide: (incident, decide) =>
        writing(inner, incident, async () => {
          // May be called again; the last one is what was written.
          let change: Change | undefined
          const answer = await inner.decide(incident, (history, now) => {
            const decision = decide(history, now)
            change = decision.change
            return decision
          })
          return { answer, change }
        }),
    }),
  }
}

const troubles = ['failed', 'stuck', 'not_recovered', 'unverified', 'degraded']
const seconds = (micros: Micros): number => micros / 1_000_000
