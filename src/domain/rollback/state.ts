import type { Fired } from '#domain/automation/triggers.ts'
import { isAtLeast, type Role } from '#domain/authority/role.ts'
import { automationBy } from '#domain/alerts/alert.ts'
import type { PersonId, PlanDigest, RollbackId, ServiceId, WorkloadId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Instant } from '#domain/time.ts'
import { aboveApprover, type Approval, approved, type Attempt } from './approval.ts'
import { begun, noReminders } from './beginning.ts'
import type { RollbackEvent } from './events.ts'
import { type Failure, failed, lastTouched } from './failure.ts'
import { backAtFailed, leaveWay, type SetAside } from './left-way.ts'
import { type Freeze, freezeAfter } from './freeze.ts'
import { type Hold, holdAfter } from './hold.ts'
import { type Sync, syncAfter } from './sync.ts'
import type { Phase } from './phase.ts'
import type { InWindow } from './begins.ts'
import type { Plan, Step } from './plan.ts'
import type { ManualReason } from './request.ts'
import type { Mechanism } from './ways.ts'
import type { Together } from './together.ts'
import type { Check } from './verification.ts'

export interface RollbackState {
  readonly id: RollbackId
  readonly service: ServiceId
  readonly workload: WorkloadId
  readonly requestedBy: PersonId
  readonly requestedAt: Instant
  readonly wanted: string | null
  readonly reason: string
  readonly reasonKind: ManualReason
  /** Flags that belong to it go first, whichever way is taken. */
  readonly combined: boolean
  readonly strategy: Strategy
  readonly twoPerson: boolean
  /** Decided on a journal, while the database was away. */
  readonly offline: boolean
  readonly notBefore: Instant | null
  readonly window: InWindow | undefined
  /** When the newest of its events was written. */
  readonly latestAt: Instant
  readonly phase: Phase
  /** When the present phase began. */
  readonly since: Instant
  readonly plan: Plan | undefined
  readonly digest: PlanDigest | undefined
  readonly plannedAt: Instant | undefined
  /** Of the present plan; emptied when an approval is voided or expires. */
  readonly approvals: readonly Approval[]
  /** Why automation asked for it, or counts down. */
  readonly fired: Fired | undefined
  /** While it runs it is carried out at `until` unless somebody stops it. */
  readonly countdown: { readonly until: Instant } | undefined
  /** By whom, or by which rule. */
  readonly approved: { readonly by: PersonId; readonly as: Role; readonly at: Instant } | undefined
  readonly refused: readonly Attempt[]
  /** The highest level that the present plan was escalated to; whoever its card asked first is not meant. */
  readonly escalatedTo: Role | undefined
  /** While people have to choose: how often they were called again in this phase, when last, and whether one of them has done something. */
  readonly reminders: {
    readonly sent: number
    readonly lastAt: Instant | undefined
    readonly answered: boolean
  }
  /** After a spent budget: the level above whoever approved decides from then on, at least (policy §2). */
  readonly floor: Role | undefined
  /** Ways that were begun and left for another one. */
  readonly left: readonly Mechanism[]
  /** While another way is decided on: the one that was left. */
  readonly setAside: SetAside | undefined
  readonly steps: readonly Step[]
  /** The step at hand, while applying, settling, failed or undoing. */
  readonly at: number
  /** While undoing: the step at hand was taken back, and its effects are awaited. */
  readonly undoApplied: boolean
  readonly progress:
    | { readonly ready: number; readonly wanted: number; readonly note: string }
    | undefined
  readonly failure: Failure | undefined
  readonly startedAt: Instant | undefined
  readonly budgetSpentAt: Instant | undefined
  readonly completedAt: Instant | undefined
  readonly verifiedAt: Instant | undefined
  readonly checks: readonly Check[]
  readonly collapsed:
    | { readonly by: PersonId; readonly reason: string; readonly at: Instant }
    | undefined
  readonly hold: Hold | undefined
  /** Its place among several that were asked for at once. */
  readonly together: Together | undefined
  /** Among several: when its turn came. */
  readonly turnAt: Instant | undefined
  /** Tools that bring what Git has, where some were paused. */
  readonly sync: Sync | undefined
  /** Deploys of the service are stopped meanwhile, where the platform can. */
  readonly freeze: Freeze
  readonly voided: string | undefined
  /** What the approval that became void was for, until another is given. */
  readonly voidedPlan: Plan | undefined
  readonly breakGlass:
    | { readonly by: PersonId; readonly reason: string; readonly reviewedBy: PersonId | undefined }
    | undefined
  readonly ended:
    | { readonly by: PersonId | undefined; readonly why: string | undefined; readonly at: Instant }
    | undefined
}

/** The rollback as its events tell it; `undefined` when the history does not know it. Events of other rollbacks are passed over. */
export function rollbackState(history: History, id: RollbackId): RollbackState | undefined {
  return history
    .filter(isAbout(id))
    .reduce<RollbackState | undefined>(
      (state, recorded) =>
        state
          ? { ...after(state, recorded), sync: syncAfter(state, recorded), latestAt: recorded.at }
          : begun(recorded),
      undefined,
    )
}

/** Every rollback of an incident, in the order they were asked for. */
export function rollbacksOf(history: History): readonly RollbackState[] {
  return history.flatMap(({ event }) =>
    event.kind === 'rollback_requested' ? (rollbackState(history, event.rollback) ?? []) : [],
  )
}

function isAbout(id: RollbackId) {
  return (recorded: Recorded): recorded is Recorded<RollbackEvent> =>
    'rollback' in recorded.event && recorded.event.rollback === id
}

function after(state: RollbackState, { at, event }: Recorded<RollbackEvent>): RollbackState {
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
      return enter('applying', { at: event.step, failure: undefined })
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
      return enter('verifying', { completedAt: at })
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
    case 'freeze_begun':
    case 'freeze_raised':
    case 'freeze_lift_authorised':
    case 'freeze_widened':
    case 'freeze_lifted':
    case 'freeze_failed':
      return { ...state, freeze: freezeAfter(state.freeze, at, event) }
    case 'undo_authorised':
      return enter('undoing', { at: lastTouched(state), failure: undefined, ...untouched })
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

const untouched = { undoApplied: false, progress: undefined } as const
