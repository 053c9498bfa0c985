import type { Fired } from '#domain/automation/triggers.ts'
import type { Role } from '#domain/authority/role.ts'
import type { PersonId, PlanDigest, RollbackId, ServiceId, WorkloadId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import type { Strategy } from '#domain/incident/severity.ts'
import type { LeftBehind } from '#domain/leftover.ts'
import type { Instant } from '#domain/time.ts'
import { after } from './after.ts'
import type { Approval, Attempt } from './approval.ts'
import { begun } from './beginning.ts'
import type { RollbackEvent } from './events.ts'
import type { Failure } from './failure.ts'
import type { Freeze } from './freeze.ts'
import type { Hold } from './hold.ts'
import type { SetAside } from './left-way.ts'
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
  /** What it left behind when all of its steps were done. */
  readonly leftover: LeftBehind | undefined
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
