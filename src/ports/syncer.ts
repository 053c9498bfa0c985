import type { Json } from '#domain/json.ts'
import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import type { Target } from '#domain/service.ts'

/** What would happen if a sync that was paused went on. `keeps`: Git has what runs. `goes_on`: it goes on already. */
export type SyncLook =
  | { readonly kind: 'keeps' }
  | { readonly kind: 'undoes' | 'unknown'; readonly why: string }
  | { readonly kind: 'goes_on'; readonly seen: SeenGoing }

/** Looks at tools that bring what Git has; they are paused and let go on by the steps of a plan. */
export interface Syncer {
  /** `change`: that of the step that paused it. Read-only; throws when the platform does not answer. */
  look(target: Target, change: Json, signal: AbortSignal): Promise<SyncLook>
}
