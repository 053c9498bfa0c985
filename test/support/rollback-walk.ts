import { controlRules } from '#domain/authority/decide-control.ts'
import { required, windowInTime } from '#domain/authority/matrix.ts'
import { deliveryId } from '#domain/ids.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { moveOf } from '#domain/rollback/attention.ts'
import { isYetToGo } from '#domain/leftover.ts'
import { raiseOf } from '#domain/rollback/raise.ts'
import type { Move } from '#domain/rollback/next-move.ts'
import { type RollbackState, rollbackState } from '#domain/rollback/state.ts'
import { type Instant, micros, minutes, plus } from '#domain/time.ts'
import {
  aHistory,
  aPlan,
  approvedBy,
  aPolicy,
  aStep,
  people,
  planned,
  proposed,
  theRollback,
} from './builders.ts'

/** One choice of a walk: how much time passes, and which of the things that may happen then does. */
export interface Choice {
  readonly passes: number
  readonly picks: number
}

const collapse = [aStep('pods removed', { settles: 'pods' }), aStep('strategy put back')]
const plan = aPlan({
  steps: [aStep('template restored', { settles: 'pods' }), aStep('rollout resumed')],
  collapse,
  warnings: [],
  freezes: true,
  leftover: {
    name: 'checkout-blue',
    keptMicros: minutes(5),
    step: aStep('checkout-blue scaled to 0', { settles: 'pods' }),
  },
})
export const policy = aPolicy()
const rollback = theRollback
const checks = [{ id: 'units', result: 'passed', text: '12/12 pods ready' }] as const

/** A history that the product itself could have written: at each choice the worker or a person does one of the things open to them. */
export function walk(choices: readonly Choice[]): History {
  return choices.reduce<History>(
    (history, { passes, picks }) => {
      const now = plus(history.at(-1)?.at as Instant, micros(passes))
      const state = rollbackState(history, rollback)
      const incident = incidentState(history)
      if (!state || !incident) return history
      const move = moveOf(history, state, now, policy)
      const row = windowInTime(policy.matrix, incident.authorityStart, now)
      const worker = byWorker(move, required(row, raiseOf(state)).role)
      // The worker is quicker than people.
      const may = [...worker, ...worker, ...worker, ...byPeople(state)]
      const events = may[picks % Math.max(1, may.length)] ?? []
      return [
        ...history,
        ...events.map((event, index) => ({
          seq: history.length + 1 + index,
          at: now,
          actor: 'countermand' as const,
          event,
        })),
      ]
    },
    aHistory(...proposed(plan)),
  )
}

type Events = readonly TimelineEvent[]

function byWorker(move: Move, role: ReturnType<typeof required>['role']): readonly Events[] {
  switch (move.kind) {
    case 'plan':
      return [[planned(plan)], [{ kind: 'rollback_blocked', rollback, why: 'gone' }]]
    case 'take-turn':
      return [[{ kind: 'turn_taken', rollback, checks: [] }]]
    case 'leave':
      return [[{ kind: 'rollback_left', rollback, why: move.why }]]
    case 'begin':
      return [
        [{ kind: 'execution_started', rollback }],
        [{ kind: 'execution_started', rollback }],
        [{ kind: 'approval_voided', rollback, why: 'changed' }],
      ]
    case 'apply': {
      const of = { rollback, step: move.index } as const
      const done = move.step.settles === undefined ? 'step_succeeded' : 'step_applied'
      const failed = { kind: 'step_failed', ...of, message: 'no' } as const
      return [
        [
          { kind: 'step_started', ...of },
          { kind: done, ...of },
        ],
        [
          { kind: 'step_started', ...of },
          { kind: done, ...of },
        ],
        [
          { kind: 'step_started', ...of },
          { ...failed, changed: 'maybe' },
        ],
        [
          { kind: 'step_started', ...of },
          { ...failed, changed: 'nothing' },
        ],
      ]
    }
    case 'settle': {
      const of = { rollback, step: move.index } as const
      return [
        [{ kind: 'progressed', ...of, ready: 1, wanted: 12, note: '' }],
        [{ kind: 'step_succeeded', ...of }],
        [{ kind: 'budget_spent', rollback, budgetMicros: 1 }],
        [{ kind: 'step_failed', ...of, message: 'no', changed: 'maybe' }],
      ]
    }
    case 'settle-undo': {
      const of = { rollback, step: move.index } as const
      return [
        [{ kind: 'progressed', ...of, ready: 1, wanted: 12, note: '' }],
        [{ kind: 'undo_succeeded', ...of }],
        [{ kind: 'undo_failed', ...of, message: 'no', changed: 'maybe' }],
      ]
    }
    case 'undo': {
      const of = { rollback, step: move.index } as const
      return [
        [
          { kind: 'undo_started', ...of },
          { kind: 'undo_succeeded', ...of },
        ],
        [{ kind: 'undo_applied', ...of }],
        [{ kind: 'undo_failed', ...of, message: 'no', changed: 'maybe' }],
      ]
    }
    case 'complete':
      return [
        [
          { kind: 'execution_completed', rollback },
          { kind: 'hold_placed', rollback, revision: 'r', name: 'v2.3.0' },
        ],
      ]
    case 'verify':
      return [
        [{ kind: 'checked', phase: 'verification', rollback, checks }],
        [{ kind: 'verified', outcome: 'recovered', rollback, checks }],
        [{ kind: 'verified', outcome: 'not_recovered', rollback, checks }],
        [{ kind: 'verified', outcome: 'unverified', rollback, checks }],
      ]
    case 'watch':
      return [
        [{ kind: 'checked', phase: 'watch', rollback, checks }],
        [
          { kind: 'watch_ended', outcome: 'stable', rollback, checks },
          { kind: 'incident_closed', by: 'countermand', because: 'stable' },
        ],
        [{ kind: 'watch_ended', outcome: 'degraded', rollback, checks }],
        [{ kind: 'watch_ended', outcome: 'superseded', rollback, checks }],
      ]
    case 'clear':
      return [
        [{ kind: 'leftover_removal_begun', rollback }],
        [{ kind: 'leftover_kept', rollback, why: 'an incident of checkout is open' }],
      ]
    case 'remove':
      return [
        [{ kind: 'leftover_removed', rollback }],
        [{ kind: 'leftover_kept', rollback, why: 'a rollback of checkout was asked for' }],
        [{ kind: 'leftover_left', rollback, why: 'checkout-blue serves again' }],
      ]
    case 'expire':
      return [[{ kind: 'rollback_expired', rollback, what: move.what }]]
    case 'escalate':
      return [[{ kind: 'escalated', rollback, to: role, because: 'window' }]]
    case 'remind':
      return [[{ kind: 'reminded', rollback, to: role }]]
    // Automation has a walk of its own.
    case 'end-countdown':
    case 'wait':
      return []
  }
}

function byPeople(state: RollbackState): readonly Events[] {
  const may = (control: keyof typeof controlRules): boolean =>
    (controlRules[control].phases as readonly string[]).includes(state.phase)
  const who = { rollback, by: people.onCall, delivery: deliveryId('d9') } as const
  const as = 'vp-engineering'
  const reason = 'because of that'
  return [
    ...(state.phase === 'awaiting_approval'
      ? [[approvedBy()], [approvedBy()], [approvedBy()], [approvedBy()]]
      : []),
    ...(may('reject') ? [[{ kind: 'rollback_rejected', ...who, as, reason } as const]] : []),
    ...(may('cancel') ? [[{ kind: 'rollback_cancelled', ...who, as } as const]] : []),
    ...(may('collapse') && !state.collapsed
      ? [[{ kind: 'collapsed', ...who, as, reason, steps: collapse } as const]]
      : []),
    ...(may('keep-waiting') ? [[{ kind: 'step_retried', ...who, step: state.at } as const]] : []),
    ...(may('undo') ? [[{ kind: 'undo_authorised', ...who, as, reason } as const]] : []),
    ...(state.hold && may('lift-hold')
      ? [[{ kind: 'hold_lifted', ...who, as, reason } as const]]
      : []),
    ...(may('keep-former') && isYetToGo(state.leftover)
      ? [[{ kind: 'leftover_spared', ...who, as } as const]]
      : []),
    ...(state.sync && may('resume-sync')
      ? [[{ kind: 'sync_resume_ordered', ...who, as, reason } as const]]
      : []),
  ]
}
