import type { RollbackId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'

/** `changed` says whether the platform may have been touched; `nothing` is certain. */
export interface StepFailed {
  readonly kind: 'step_failed' | 'undo_failed'
  readonly rollback: RollbackId
  readonly step: number
  readonly message: string
  readonly changed: 'nothing' | 'maybe'
  /** Production stands between two states until somebody has mended it. */
  readonly left?: 'halfway'
  /** What it began has ended: the change that makes it once more. Absent where it may only be slow. */
  readonly again?: Json
}
