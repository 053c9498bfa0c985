import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import { type Instant, type Micros, plus } from '#domain/time.ts'
import type { Recorded } from '#domain/incident/events.ts'
import { isSameJson } from '#domain/json.ts'
import type { RollbackEvent } from './events.ts'
import type { Step, SyncPause } from './plan.ts'
import type { RollbackState } from './state.ts'
import type { SeenGoing, SyncEvent } from './sync-events.ts'

/** Tools that bring what Git has were paused, so that none of them takes the rollback back; they stay so until somebody lets them go on. */
export interface Sync {
  readonly pausedAt: Instant
  /** By what, in the order in which it was done; of every plan that this rollback has had. */
  readonly paused: readonly Paused[]
  /** It is to go on: a person said so, or its time was over and Git had what runs. */
  readonly ordered:
    | { readonly by: PersonId | 'countermand'; readonly as: Role | null; readonly reason: string }
    | undefined
  readonly resumed: SyncEnd | undefined
  /** That its time was over, and it could not go on without taking the rollback back. */
  readonly reminded: { readonly at: Instant; readonly why: string } | undefined
  readonly failure: { readonly why: string; readonly isFinal: boolean } | undefined
}

/** A tool that was paused, and the step that did it: another plan may be in its place by the time it is let go on. */
export interface Paused extends SyncPause {
  readonly step: Step
  /** Somebody else let it go on. */
  readonly ended?: Found
  /** We let it go on, and others not yet. */
  readonly isResumed?: true
}

/** What was found of it last. */
export interface Found extends SeenGoing {
  readonly at: Instant
  /** When it was first found to go on. */
  readonly firstAt: Instant
}

/** Whether what the rollback brought back may be gone, or go. */
export const isInDoubt = ({ then }: Pick<SeenGoing, 'then'>): boolean =>
  then === 'undoes' || then === 'unknown' || then === 'brought'

/** Whether it is worth writing down after what was found before; less than that is not. */
export function isNews({ then: before }: SeenGoing, { then: now }: SeenGoing): boolean {
  if (now === before) return false
  return before === 'off' || before === 'unknown' || !isInDoubt({ then: now }) || now === 'brought'
}

/** What is to be looked at again, because a later look may settle it, or unsettle it. */
export const lookedAtAgain = (
  { paused }: Pick<Sync, 'paused'>,
  now: Instant,
  { syncPauseMicros }: { readonly syncPauseMicros: Micros },
): readonly Paused[] =>
  paused.filter(
    ({ ended }) =>
      ended !== undefined &&
      (isInDoubt(ended) || ended.then === 'off') &&
      now < plus(ended.firstAt, syncPauseMicros),
  )

/** What still waits for somebody to let it go on: nothing else may be switched on by us, since somebody may have switched it off again. */
export const stillPaused = ({ paused }: Pick<Sync, 'paused'>): readonly Paused[] =>
  paused.filter(({ ended, isResumed }) => !ended && !isResumed)

/** `undone`: with the rollback itself. `elsewhere`: somebody switched it on past Countermand. */
export type SyncEnd = 'person' | 'expired' | 'undone' | 'elsewhere'

/** What became of it, by everything that happened to the rollback. */
export function syncAfter(
  state: Pick<RollbackState, 'sync' | 'plan' | 'steps' | 'at'>,
  { at, event }: Recorded<RollbackEvent>,
): Sync | undefined {
  const { sync } = state
  switch (event.kind) {
    case 'step_started': {
      // From here on it may be paused: the first steps do that.
      const pausing = pausedBy(state, event.step)
      if (!pausing) return sync
      if (isKnown(sync, pausing)) return sync && pausedAgain(sync, pausing)
      return isSyncPaused(sync)
        ? { ...sync, paused: [...sync.paused, pausing] }
        : { ...untouched, pausedAt: at, paused: [pausing] }
    }
    case 'step_failed':
      return event.changed === 'nothing' ? without(sync, pausedBy(state, event.step)) : sync
    case 'approval_voided':
      return without(sync, pausedBy(state, state.at))
    case 'undo_succeeded': {
      const left = without(sync, pausedBy(state, event.step))
      return sync && !left ? { ...sync, resumed: sync.resumed ?? 'undone' } : left
    }
    case 'sync_resume_ordered':
    case 'sync_resumed':
    case 'sync_ended':
    case 'sync_reminded':
    case 'sync_failed':
      return sync && told(sync, at, event)
    default:
      return sync
  }
}

function pausedBy(
  { plan, steps }: Pick<RollbackState, 'plan' | 'steps'>,
  at: number,
): Paused | undefined {
  const pause = plan?.pauses?.[at]
  const step = steps[at]
  return pause && step && { ...pause, step }
}

const isKnown = (sync: Sync | undefined, { step }: Paused): boolean =>
  isSyncPaused(sync) && sync.paused.some((one) => isSameJson(one.step.change, step.change))

const pausedAgain = (sync: Sync, pausing: Paused): Sync => ({
  ...sync,
  paused: sync.paused.map((one) =>
    isSameJson(one.step.change, pausing.step.change) ? pausing : one,
  ),
})

/** What was not paused after all, or goes on again; nothing is left where it was the only one. */
function without(sync: Sync | undefined, gone: Paused | undefined): Sync | undefined {
  if (!sync || !gone || !isKnown(sync, gone)) return sync
  const paused = sync.paused.filter(({ step }) => !isSameJson(step.change, gone.step.change))
  return paused.length > 0 ? { ...sync, paused } : undefined
}

const untouched = {
  ordered: undefined,
  resumed: undefined,
  reminded: undefined,
  failure: undefined,
} as const

function told(sync: Sync, at: Instant, event: SyncEvent): Sync {
  switch (event.kind) {
    case 'sync_resume_ordered': {
      const { by, as, reason } = event
      return { ...sync, ordered: { by, as, reason }, failure: undefined }
    }
    case 'sync_resumed':
      return event.pause === undefined
        ? { ...sync, resumed: event.because, failure: undefined }
        : withPause(sync, event.pause, { isResumed: true })
    case 'sync_ended': {
      const firstAt = sync.paused[event.pause]?.ended?.firstAt ?? at
      const after = withPause(sync, event.pause, { ended: { ...event.seen, at, firstAt } })
      const isOver = stillPaused(after).length === 0
      return { ...after, resumed: sync.resumed ?? (isOver ? 'elsewhere' : undefined) }
    }
    case 'sync_reminded':
      return { ...sync, reminded: { at, why: event.why }, failure: undefined }
    case 'sync_failed': {
      const { why, isFinal } = event
      // Where it is of no use to go on trying, somebody may order it again.
      return { ...sync, failure: { why, isFinal }, ordered: isFinal ? undefined : sync.ordered }
    }
  }
}

const withPause = (sync: Sync, pause: number, now: Partial<Paused>): Sync => ({
  ...sync,
  paused: sync.paused.map((one, index) => (index === pause ? { ...one, ...now } : one)),
})

export const isSyncPaused = (sync: Sync | undefined): sync is Sync =>
  sync !== undefined && sync.resumed === undefined
