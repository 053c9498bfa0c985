import type { PersonId } from '#domain/ids.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { hours, type Instant, plus } from '#domain/time.ts'
import { type ChecklistPhase, checklistItems, type Evidence, type Situation } from './items.ts'

export interface ChecklistItemState {
  readonly id: string
  readonly phase: ChecklistPhase
  readonly text: string
  /** Ticked by the product with evidence, or by a named person. */
  readonly by: 'countermand' | 'person'
  readonly done:
    | {
        readonly by: PersonId | 'countermand'
        readonly at: Instant | undefined
        readonly evidence: string
      }
    | undefined
}

/** The part of the checklist that a rollback is in (policy §7). */
export function presentPart({ phase, since }: RollbackState, now: Instant): ChecklistPhase {
  switch (phase) {
    case 'awaiting_plan':
    case 'awaiting_approval':
    case 'approved':
      return 'before'
    case 'applying':
    case 'settling':
    case 'failed':
    case 'undoing':
    case 'stuck':
    case 'verifying':
      return 'during'
    case 'watching':
    case 'not_recovered':
    case 'unverified':
    case 'degraded':
      return 'rolled-back'
    case 'stable':
    case 'superseded':
    case 'undone':
    case 'rejected':
    case 'cancelled':
    case 'expired':
      return now >= plus(since, hours(1)) ? 'later' : 'after'
  }
}

/** Every item with its state, in the order of the work. A person's tick stands even where the product sees nothing. */
export function checklist(
  incident: IncidentState,
  rollbacks: readonly RollbackState[],
  now: Instant,
): readonly ChecklistItemState[] {
  const situation: Situation = { incident, rollback: rollbacks.at(-1), now }
  return Object.entries(checklistItems).flatMap(([id, item]) => {
    if ('appliesTo' in item && !item.appliesTo(situation)) return []
    const auto: ((seen: Situation) => Evidence | undefined) | undefined =
      'auto' in item ? item.auto : undefined
    const tick = incident.ticked[id]
    const seen = tick ? undefined : auto?.(situation)
    return {
      id,
      phase: item.phase,
      text: item.text,
      by: auto ? ('countermand' as const) : ('person' as const),
      done: tick ?? (seen && { by: 'countermand' as const, at: seen.at, evidence: seen.text }),
    }
  })
}
