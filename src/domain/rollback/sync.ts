import type { Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { Recorded } from '#domain/incident/events.ts'
import type { RollbackEvent } from './events.ts'
import type { RollbackState } from './state.ts'
import type { SyncEvent } from './sync-events.ts'

/** Tools that bring what Git has were paused, so that none of them takes the rollback back; they stay so until somebody lets them go on. */
export interface Sync {
  readonly pausedAt: Instant
  /** It is to go on: a person said so, or its time was over and Git had what runs. */
  readonly ordered:
    | { readonly by: PersonId | 'countermand'; readonly as: Role | null; readonly reason: string }
    | undefined
  readonly resumed: SyncEnd | undefined
  /** That its time was over, and it could not go on without taking the rollback back. */
  readonly reminded: { readonly at: Instant; readonly why: string } | undefined
  readonly failure: { readonly why: string; readonly isFinal: boolean } | undefined
}

/** `undone`: with the rollback itself. `elsewhere`: somebody switched it on past Countermand. */
export type SyncEnd = 'person' | 'expired' | 'undone' | 'elsewhere'

/** What became of it, by everything that happened to the rollback. */
export function syncAfter(
  { sync, plan }: Pick<RollbackState, 'sync' | 'plan'>,
  { at, event }: Recorded<RollbackEvent>,
): Sync | undefined {
  switch (event.kind) {
    case 'step_started':
      // From here on it may be paused: the first steps do that.
      return event.step < (plan?.pauses?.length ?? 0)
        ? (sync ?? { ...untouched, pausedAt: at })
        : sync
    case 'step_failed':
      return event.step === 0 && event.changed === 'nothing' ? undefined : sync
    case 'approval_voided':
      return undefined
    case 'undo_succeeded':
      return event.step === 0 && sync ? { ...sync, resumed: sync.resumed ?? 'undone' } : sync
    case 'sync_resume_ordered':
    case 'sync_resumed':
    case 'sync_reminded':
    case 'sync_failed':
      return sync && told(sync, at, event)
    default:
      return sync
  }
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
      return { ...sync, resumed: event.because, failure: undefined }
    case 'sync_reminded':
      return { ...sync, reminded: { at, why: event.why }, failure: undefined }
    case 'sync_failed': {
      const { why, isFinal } = event
      // Where it is of no use to go on trying, somebody may order it again.
      return { ...sync, failure: { why, isFinal }, ordered: isFinal ? undefined : sync.ordered }
    }
  }
}

export const isSyncPaused = (sync: Sync | undefined): sync is Sync =>
  sync !== undefined && sync.resumed === undefined
