import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, RollbackId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { SyncEnd } from './sync.ts'

interface Of {
  readonly rollback: RollbackId
}

/** A sync that goes on although we did not let it, as it was found. */
export interface SeenGoing {
  /** Who switched it on, where the platform says so. */
  readonly by: string | null
  readonly since: Instant | null
  /** `keeps`: Git has what runs; `undoes`: it has not. `brought`: what runs was written since, by `why`. `gone`: nobody is left who brings anything. `off`: switched off again by somebody. */
  readonly then: 'keeps' | 'undoes' | 'unknown' | 'brought' | 'gone' | 'off'
  readonly why: string | null
  /** What the rollback wrote is still ours: he was not given it, and takes none of it away. */
  readonly isOurs: boolean
}

/** What became of the sync that was paused for a rollback. */
export type SyncEvent =
  /** By a person, or because its time is over and Git has what runs. */
  | (Of & {
      readonly kind: 'sync_resume_ordered'
      readonly by: PersonId | 'countermand'
      readonly as: Role | null
      readonly reason: string
      readonly delivery?: DeliveryId
    })
  /** `pause`: that one alone, its place among what was paused; what comes after it is still to go on. */
  | (Of & { readonly kind: 'sync_resumed'; readonly because: SyncEnd; readonly pause?: number })
  /** Somebody else let it go on before we did, or what was found of that before has changed; `pause`: its place among what was paused. */
  | (Of & { readonly kind: 'sync_ended'; readonly pause: number; readonly seen: SeenGoing })
  /** Its time is over, and it would take the rollback back, or nobody can tell. */
  | (Of & { readonly kind: 'sync_reminded'; readonly why: string })
  | (Of & {
      readonly kind: 'sync_failed'
      readonly why: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
    })
