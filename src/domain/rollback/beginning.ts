import type { Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from './events.ts'
import { noFreeze } from './freeze.ts'
import type { RollbackState } from './state.ts'

/** A rollback as it was asked for, before anything else is known of it. */
export function begun({ at, event }: Recorded<RollbackEvent>): RollbackState | undefined {
  if (event.kind !== 'rollback_requested') return undefined
  return {
    id: event.rollback,
    service: event.service,
    workload: event.workload,
    requestedBy: event.by,
    requestedAt: at,
    wanted: event.to,
    reason: event.reason,
    reasonKind: event.reasonKind,
    combined: event.combined ?? false,
    strategy: event.strategy,
    twoPerson: event.twoPerson,
    offline: event.offline ?? false,
    notBefore: event.notBefore,
    window: event.window,
    latestAt: at,
    phase: 'awaiting_plan',
    since: at,
    plan: undefined,
    digest: undefined,
    plannedAt: undefined,
    approvals: [],
    fired: event.fired,
    countdown: undefined,
    approved: undefined,
    refused: [],
    escalatedTo: undefined,
    reminders: noReminders,
    floor: undefined,
    left: [],
    setAside: undefined,
    steps: [],
    at: 0,
    undoApplied: false,
    progress: undefined,
    failure: undefined,
    startedAt: undefined,
    budgetSpentAt: undefined,
    completedAt: undefined,
    verifiedAt: undefined,
    checks: [],
    collapsed: undefined,
    hold: undefined,
    leftover: undefined,
    together: event.together,
    turnAt: undefined,
    sync: undefined,
    freeze: noFreeze,
    voided: undefined,
    voidedPlan: undefined,
    breakGlass: undefined,
    ended: undefined,
  }
}

/** Nobody was called again yet in the present phase. */
export const noReminders = { sent: 0, lastAt: undefined, answered: false } as const
