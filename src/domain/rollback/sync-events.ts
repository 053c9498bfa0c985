import type { Role } from '#domain/authority/role.ts'
import type { DeliveryId, PersonId, RollbackId } from '#domain/ids.ts'
import type { SyncEnd } from './sync.ts'

interface Of {
  readonly rollback: RollbackId
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
  | (Of & { readonly kind: 'sync_resumed'; readonly because: SyncEnd })
  /** Its time is over, and it would take the rollback back, or nobody can tell. */
  | (Of & { readonly kind: 'sync_reminded'; readonly why: string })
  | (Of & {
      readonly kind: 'sync_failed'
      readonly why: string
      /** It is not tried again by itself. */
      readonly isFinal: boolean
    })
