import type { Refusal } from '#domain/authority/refusal.ts'
import { above, isAtLeast, type Role } from '#domain/authority/role.ts'
import type { PersonId, PlanDigest, RollbackId, ServiceId, WorkloadId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { Instant } from '#domain/time.ts'
import type { Decided, RollbackEvent, StepFailed } from './events.ts'
import type { Plan, Step } from './plan.ts'
import type { ManualReason } from './request.ts'
import type { Check } from './verification.ts'

/**
 * Where a rollback stands. `failed`: a step did not work out and people must choose; `stuck`: an undo failed too and somebody
 * must look. Phases after `watching` are final, except that a break-glass review or lifting the hold may still follow.
 */
export const phases = [
  'awaiting_plan',
  'awaiting_approval',
  'approved',
  'applying',
  'settling',
  'failed',
  'undoing',
  'stuck',
  'verifying',
  'watching',
  'not_recovered',
  'unverified',
  'stable',
  'degraded',
  'superseded',
  'undone',
  'rejected',
  'cancelled',
  'expired',
] as const
export type Phase = (typeof phases)[number]

export interface Approval {
  readonly by: PersonId
  readonly identity: string
  readonly as: Role
  readonly needed: Role
  readonly at: Instant
  readonly elapsedMicros: number
  readonly digest: PlanDigest
  readonly breakGlass: string | null
  readonly acknowledged: string | null
}

export interface Attempt {
  readonly by: PersonId
  readonly at: Instant
  readonly decided: Decided
  readonly because: Refusal
}

export interface RollbackState {
  readonly id: RollbackId
  readonly service: ServiceId
  readonly workload: WorkloadId
  readonly requestedBy: PersonId
  readonly requestedAt: Instant
  readonly wanted: string | null
  readonly reason: string
  readonly reasonKind: ManualReason
  readonly strategy: Strategy
  readonly twoPerson: boolean
  readonly notBefore: Instant | null
  readonly phase: Phase
  /** When the present phase began. */
  readonly since: Instant
  readonly plan: Plan | undefined
  readonly digest: PlanDigest | undefined
  readonly plannedAt: Instant | undefined
  /** Of the present plan; emptied when an approval is voided or expires. */
  readonly approvals: readonly Approval[]
  readonly approved: { readonly by: PersonId; readonly as: Role; readonly at: Instant } | undefined
  readonly refused: readonly Attempt[]
  /** The highest level that was asked so far. */
  readonly escalatedTo: Role | undefined
  /** While people have to choose: how often they were called again in this phase, when last, and whether one of them has done something. */
  readonly reminders: {
    readonly sent: number
    readonly lastAt: Instant | undefined
    readonly answered: boolean
  }
  /** After a spent budget: the level above whoever approved decides from then on, at least (policy §2). */
  readonly floor: Role | undefined
  readonly steps: readonly Step[]
  /** The step at hand, while applying, settling, failed or undoing. */
  readonly at: number
  /** While undoing: the step at hand was taken back, and its effects are awaited. */
  readonly undoApplied: boolean
  readonly progress:
    | { readonly ready: number; readonly wanted: number; readonly note: string }
    | undefined
  readonly failure:
    | {
        readonly step: number
        readonly message: string
        readonly changed: 'nothing' | 'maybe'
        /** The change itself had been made; what it was to bring about did not come. */
        readonly applied: boolean
      }
    | undefined
  readonly startedAt: Instant | undefined
  readonly budgetSpentAt: Instant | undefined
  readonly completedAt: Instant | undefined
  readonly verifiedAt: Instant | undefined
  readonly checks: readonly Check[]
  readonly collapsed:
    | { readonly by: PersonId; readonly reason: string; readonly at: Instant }
    | undefined
  readonly hold:
    | { readonly revision: string; readonly name: string; readonly lifted: boolean }
    | undefined
  readonly voided: string | undefined
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
      (state, recorded) => (state ? after(state, recorded) : begun(recorded)),
      undefined,
    )
}

/** Every rollback of an incident, in the order they were asked for. */
export function rollbacksOf(history: History): readonly RollbackState[] {
  return history.flatMap(({ event }) =>
    event.kind === 'rollback_requested' ? (rollbackState(history, event.rollback) ?? []) : [],
  )
}

const open: readonly Phase[] = [
  'awaiting_plan',
  'awaiting_approval',
  'approved',
  'applying',
  'settling',
  'failed',
  'undoing',
  'verifying',
]
/** Holds its workload: nobody else may roll it back meanwhile. One that is stuck lets go, or its service could never be rolled back again. */
export const isOpen = (state: RollbackState): boolean => open.includes(state.phase)

function isAbout(id: RollbackId) {
  return (recorded: Recorded): recorded is Recorded<RollbackEvent> =>
    'rollback' in recorded.event && recorded.event.rollback === id
}

function begun({ at, event }: Recorded<RollbackEvent>): RollbackState | undefined {
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
    strategy: event.strategy,
    twoPerson: event.twoPerson,
    notBefore: event.notBefore,
    phase: 'awaiting_plan',
    since: at,
    plan: undefined,
    digest: undefined,
    plannedAt: undefined,
    approvals: [],
    approved: undefined,
    refused: [],
    escalatedTo: undefined,
    reminders: noReminders,
    floor: undefined,
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
    voided: undefined,
    breakGlass: undefined,
    ended: undefined,
  }
}

const noReminders = { sent: 0, lastAt: undefined, answered: false } as const

function after(state: RollbackState, { at, event }: Recorded<RollbackEvent>): RollbackState {
  const enter = (phase: Phase, more: Partial<RollbackState> = {}): RollbackState => ({
    ...state,
    reminders: noReminders,
    ...more,
    phase,
    since: at,
  })
  const end = (phase: Phase, by: PersonId | undefined, why: string | undefined) =>
    enter(phase, { ended: { by, why, at } })
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
      })
    case 'approval_given':
      return approved(state, at, event)
    case 'decision_refused':
      return {
        ...state,
        refused: [
          ...state.refused,
          { by: event.by, at, decided: event.decided, because: event.because },
        ],
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
      return end('rejected', event.by, event.reason)
    case 'rollback_cancelled':
      return end('cancelled', event.by, undefined)
    case 'rollback_blocked':
      return end('cancelled', undefined, event.why)
    case 'rollback_expired':
      return event.what === 'approval'
        ? enter('awaiting_approval', undecided)
        : end('expired', undefined, event.what)
    case 'approval_voided':
      return enter('awaiting_plan', { ...undecided, voided: event.why })
    case 'execution_started':
      return enter('applying', { at: 0, startedAt: at })
    case 'step_started':
    case 'undo_started':
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
    case 'hold_placed':
      return { ...state, hold: { revision: event.revision, name: event.name, lifted: false } }
    case 'hold_lifted':
      return {
        ...state,
        hold: state.hold && { ...state.hold, lifted: true },
        reminders: { ...state.reminders, answered: true },
      }
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

function approved(
  state: RollbackState,
  at: Instant,
  event: Extract<RollbackEvent, { kind: 'approval_given' }>,
): RollbackState {
  const { by, identity, as, needed, elapsedMicros, digest, acknowledged, breakGlass } = event
  const approvals = [
    ...state.approvals,
    { by, identity, as, needed, at, elapsedMicros, digest, acknowledged, breakGlass },
  ]
  const broken =
    breakGlass === null ? state.breakGlass : { by, reason: breakGlass, reviewedBy: undefined }
  return event.complete
    ? {
        ...state,
        approvals,
        approved: { by, as, at },
        breakGlass: broken,
        phase: 'approved',
        since: at,
      }
    : { ...state, approvals, breakGlass: broken }
}

/** A failed step is undone too, for it may have taken effect before it failed, unless it certainly changed nothing. Where people are to be asked, nothing is taken back by itself. */
function failed(
  enter: (phase: Phase, more?: Partial<RollbackState>) => RollbackState,
  end: (phase: Phase, by: PersonId | undefined, why: string | undefined) => RollbackState,
  state: RollbackState,
  event: StepFailed,
): RollbackState {
  const { step, message, changed } = event
  const failure = { step, message, changed, applied: state.phase === 'settling' }
  if (event.changed === 'nothing' && event.step === 0)
    return end('undone', undefined, event.message)
  if (state.steps[event.step]?.onFailure === 'ask')
    return enter('failed', { at: event.step, failure })
  return enter('undoing', {
    at: event.changed === 'nothing' ? event.step - 1 : event.step,
    failure,
  })
}

/** The last step that may have changed something. */
function lastTouched({ at, steps, failure }: RollbackState): number {
  if (failure?.changed === 'nothing' && failure.step === at && at > 0) return at - 1
  return Math.min(at, steps.length - 1)
}

const aboveApprover = ({ approved, floor }: RollbackState): Role | undefined =>
  (approved && above(approved.as)) ?? floor

const untouched = { undoApplied: false, progress: undefined } as const
