import { kpis } from '#domain/communication/kpis.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import type { RollbackId } from '#domain/ids.ts'
import type { RollbackEvent } from '#domain/rollback/events.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import { between, type Micros } from '#domain/time.ts'

/** What an event says of a rollback as a whole; found by reading the history it belongs to. */
export type Told =
  | { readonly kind: 'outcome'; readonly service: string; readonly outcome: string }
  | { readonly kind: 'requested'; readonly service: string }
  | { readonly kind: 'approved' | 'executed' | 'restored'; readonly took: Micros }
  | { readonly kind: 'step'; readonly executor: string; readonly took: Micros }

/** Events for which the history is worth reading. */
export const tells = (event: TimelineEvent): event is RollbackEvent =>
  'rollback' in event &&
  (outcomeOf(event) !== undefined ||
    event.kind === 'rollback_requested' ||
    event.kind === 'execution_completed' ||
    event.kind === 'step_succeeded' ||
    (event.kind === 'approval_given' && event.complete))

export function told(history: History, event: RollbackEvent): readonly Told[] {
  const rollback = rollbackState(history, event.rollback)
  if (!rollback) return []
  const { service, plan } = rollback
  const took = kpis(history).find((one) => one.rollback === rollback.id)
  const length = (kind: 'approved' | 'executed' | 'restored', micros: Micros | undefined) =>
    micros === undefined ? [] : [{ kind, took: micros }]
  const outcome = outcomeOf(event)
  const ended = outcome === undefined ? [] : [{ kind: 'outcome', service, outcome } as const]
  switch (event.kind) {
    case 'rollback_requested':
      return [{ kind: 'requested', service }]
    case 'approval_given':
      return length('approved', took?.approve)
    case 'execution_completed':
      return length('executed', took?.execute)
    case 'verified':
      return [...ended, ...(event.outcome === 'recovered' ? length('restored', took?.restore) : [])]
    case 'step_succeeded': {
      const began = when(history, event.rollback, event.step, 'step_started')
      const done = when(history, event.rollback, event.step, 'step_succeeded')
      return plan && began !== undefined && done !== undefined
        ? [{ kind: 'step', executor: plan.target.executor, took: between(began, done) }]
        : []
    }
    default:
      return ended
  }
}

/** The last time that this step was begun, or done. */
const when = (
  history: History,
  rollback: RollbackId,
  step: number,
  kind: 'step_started' | 'step_succeeded',
) =>
  history.findLast(
    ({ event }) =>
      event.kind === kind && 'step' in event && event.rollback === rollback && event.step === step,
  )?.at

/** Where a rollback came to, for a while or for good: one that recovered may still be degraded, or undone. */
function outcomeOf(event: RollbackEvent): string | undefined {
  switch (event.kind) {
    case 'rollback_rejected':
      return 'rejected'
    case 'rollback_cancelled':
      return 'cancelled'
    case 'rollback_blocked':
      return 'blocked'
    case 'rollback_expired':
      return event.what === 'approval' ? undefined : 'expired'
    case 'step_failed':
      return 'failed'
    case 'undo_failed':
      return 'stuck'
    case 'undo_succeeded':
      return event.step === 0 ? 'undone' : undefined
    case 'verified':
    case 'watch_ended':
      return event.outcome
    default:
      return undefined
  }
}
