import type { History } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { RollbackId } from '#domain/ids.ts'
import { type RollbackState, rollbacksOf } from '#domain/rollback/state.ts'
import { between, type Instant, type Micros } from '#domain/time.ts'
import { span } from './words.ts'

/** How long each part took (policy §9); `undefined` while it has not ended or never happened. */
export interface Durations {
  readonly rollback: RollbackId
  /** From the start of the incident until the rollback was asked for. */
  readonly decide: Micros | undefined
  /** From the request until the approval that counted. */
  readonly approve: Micros | undefined
  /** From the first step until the last. */
  readonly execute: Micros | undefined
  /** From the last step until recovery was measured. */
  readonly verify: Micros | undefined
  /** From the start of the incident until recovery was measured: restored, not merely “command returned 0”. */
  readonly restore: Micros | undefined
  readonly restored: boolean
}

/** The figures of every rollback of an incident, in the order they were asked for. */
export function kpis(history: History): readonly Durations[] {
  const incident = incidentState(history)
  return incident
    ? rollbacksOf(history).map((rollback) => durations(rollback, incident.startedAt))
    : []
}

/** `decide 2 min · approve 3 min · execute 41 s · verify 2 min · restored after 7 min`; a part that never ended is said not to have. */
export function durationsText({ decide, approve, execute, verify, restore }: Durations): string {
  const part = (name: string, length: Micros | undefined): string =>
    `${name} ${length === undefined ? '–' : span(length)}`
  return [
    part('decide', decide),
    part('approve', approve),
    part('execute', execute),
    part('verify', verify),
    restore === undefined ? 'not restored' : part('restored after', restore),
  ].join(' · ')
}

function durations(rollback: RollbackState, start: Instant): Durations {
  const { id, requestedAt, approved, startedAt, completedAt, verifiedAt } = rollback
  return {
    rollback: id,
    decide: length(start, requestedAt),
    approve: length(requestedAt, approved?.at),
    execute: length(startedAt, completedAt),
    verify: length(completedAt, verifiedAt),
    restore: length(start, verifiedAt),
    restored: verifiedAt !== undefined,
  }
}

const length = (from: Instant | undefined, to: Instant | undefined): Micros | undefined =>
  from === undefined || to === undefined ? undefined : between(from, to)
