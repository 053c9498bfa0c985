import { isAtLeast } from '#domain/authority/role.ts'
import { automationBy } from '#domain/alerts/alert.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { aboveApprover, approved } from './approval.ts'
import { noReminders } from './beginning.ts'
import type { RollbackEvent } from './events.ts'
import { leftBehind, leftoverAfter } from '#domain/leftover.ts'
import { failed, lastTouched, retriedSteps } from './failure.ts'
import { freezeAfter } from './freeze.ts'
import { holdAfter } from './hold.ts'
import { backAtFailed, leaveWay } from './left-way.ts'
import type { Phase } from './phase.ts'
import type { RollbackState } from './state.ts'

/** The rollback once this has happened to it, which must be one of its own events. What brings it from Git is kept apart (`sync.ts`). */
export function after(state: RollbackState, { at, event }: Recorded<RollbackEvent>): RollbackState {
  const enter = (phase: Phase, more: Partial<RollbackState> = {}): RollbackState => ({
    ...state,
    reminders: noReminders,
    countdown: undefined,
    ...more,
    phase,
    since: at,
  })
  const end = (phase: Phase, by: PersonId | undefined, why: string | undefined) =>
    enter(phase, { ended: { by, why, at } })
  const back = (what: string) => backAtFailed(enter, state, `the other way was ${what}`)
  const undecided = { approvals: [], approved: undefined } as const

  switch (event.kind) {
    case 'rollback_requested':
      return state
    case 'rollback_planned':
      return enter('awaiting_approval', {
        ...undecided,
        plan: event.plan,
        digest: event.digest,
        plannedAt: at,
        steps: event.plan.steps,
        at: 0,
        failure: undefined,
        collapsed: undefined,
        budgetSpentAt: undefined,
        // Its card calls whoever decides now: nobody needs to be called for it a second time.
        escalatedTo: undefined,
      })
    case 'approval_given':
      return approved(state, at, event)
    case 'countdown_begun':
      return { ...state, fired: event.fired, countdown: { until: event.until } }
    case 'countdown_stopped':
      return { ...state, countdown: undefined }
    case 'automation_approved':
      return enter('approved', {
        approved: { by: automationBy(event.rule), as: event.as, at },
      })
    case 'decision_refused': {
      const { by, decided, because } = event
      return { ...state, refused: [...state.refused, { by, at, decided, because }] }
    }
    case 'escalated':
      return {
        ...state,
        escalatedTo:
          state.escalatedTo && isAtLeast(state.escalatedTo, event.to)
            ? state.escalatedTo
            : event.to,
        // Whoever is asked now has just been called.
        reminders: { ...state.reminders, lastAt: at },
      }
    case 'reminded':
      return {
        ...state,
        reminders: { ...state.reminders, sent: state.reminders.sent + 1, lastAt: at },
      }
    case 'rollback_rejected':
      return back('rejected') ?? end('rejected', event.by, event.reason)
    case 'rollback_cancelled':
      return back('cancelled') ?? end('cancelled', event.by, undefined)
    case 'rollback_blocked':
      return back(`not possible: ${event.why}`) ?? end('cancelled', undefined, event.why)
    case 'rollback_expired':
      return event.what === 'approval'
        ? enter('awaiting_approval', undecided)
        : (back('not decided on in time') ?? end('expired', undefined, event.what))
    case 'approval_voided':
      return enter('awaiting_plan', { ...undecided, voided: event.why, voidedPlan: state.plan })
    case 'turn_taken':
      return { ...state, turnAt: at }
    case 'rollback_left':
      return end('cancelled', undefined, event.why)
    case 'execution_started':
      return enter('applying', { at: 0, startedAt: at, setAside: undefined })
    case 'step_started':
    case 'undo_started':
    case 'sync_resume_ordered':
    case 'sync_resumed':
    case 'sync_ended':
    case 'sync_reminded':
    case 'sync_failed':
      return state
    case 'step_applied':
      return enter('settling', { at: event.step })
    case 'step_succeeded':
      return enter('applying', { at: event.step + 1, progress: undefined, failure: undefined })
    case 'step_failed':
      return failed(enter, end, state, event)
    case 'step_retried':
      // Applied again first: the failure may have come before the change was made, and a second time does no harm.
      return enter('applying', { at: event.step, failure: undefined, steps: retriedSteps(state) })
    case 'way_left':
      return leaveWay(enter, state, event.mechanism)
    case 'progressed':
      return { ...state, progress: { ready: event.ready, wanted: event.wanted, note: event.note } }
    case 'budget_spent':
      return { ...state, budgetSpentAt: at, floor: aboveApprover(state) }
    case 'collapsed':
      return enter('applying', {
        steps: [...state.steps.slice(0, state.at), ...event.steps],
        collapsed: { by: event.by, reason: event.reason, at },
      })
    case 'execution_completed':
      return enter('verifying', {
        completedAt: at,
        leftover: leftBehind(state.plan?.leftover, at),
      })
    case 'checked':
      return { ...state, checks: event.checks }
    case 'verified':
      return {
        recovered: enter('watching', { verifiedAt: at, checks: event.checks }),
        not_recovered: enter('not_recovered', { checks: event.checks }),
        unverified: enter('unverified', { checks: event.checks }),
      }[event.outcome]
    case 'watch_ended':
      return enter(event.outcome, { checks: event.checks })
    case 'hold_lifted':
      return {
        ...state,
        hold: holdAfter(state.hold, event),
        reminders: { ...state.reminders, answered: true },
      }
    case 'hold_placed':
    case 'hold_begun':
    case 'hold_enforced':
    case 'hold_released':
    case 'hold_failed':
      return { ...state, hold: holdAfter(state.hold, event) }
    case 'leftover_removal_begun':
      return { ...leftoverGoing(state), leftover: leftoverAfter(state.leftover, event) }
    case 'leftover_kept':
    case 'leftover_removed':
    case 'leftover_left':
    case 'leftover_spared':
      return { ...state, leftover: leftoverAfter(state.leftover, event) }
    case 'freeze_begun':
    case 'freeze_raised':
    case 'freeze_lift_authorised':
    case 'freeze_widened':
    case 'version_pinned':
    case 'freeze_lifted':
    case 'freeze_failed':
      return { ...state, freeze: freezeAfter(state, at, event) }
    case 'undo_authorised':
      return enter('undoing', {
        at: lastTouched(state),
        failure: undefined,
        leftover: undefined,
        ...untouched,
      })
    case 'undo_applied':
      return enter('undoing', { at: event.step, undoApplied: true, progress: undefined })
    case 'undo_succeeded':
      return event.step > 0
        ? enter('undoing', { at: event.step - 1, ...untouched })
        : end('undone', undefined, state.failure?.message)
    case 'undo_failed':
      return enter('stuck', {
        failure: {
          step: event.step,
          message: event.message,
          changed: event.changed,
          applied: false,
        },
      })
    case 'break_glass_reviewed':
      return {
        ...state,
        breakGlass: state.breakGlass && { ...state.breakGlass, reviewedBy: event.by },
      }
  }
}

/** Whoever takes the rollback back brings that back first; it is found done where it never went. */
const leftoverGoing = (state: RollbackState): RollbackState =>
  state.leftover && !state.steps.includes(state.leftover.step)
    ? { ...state, steps: [...state.steps, state.leftover.step] }
    : state

const untouched = { undoApplied: false, progress: undefined } as const
