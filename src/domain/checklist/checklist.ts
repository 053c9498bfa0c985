import type { PersonId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'

export interface ChecklistItemState {
  readonly id: string
  readonly phase: 'before' | 'during' | 'rolled-back' | 'after' | 'later'
  readonly text: string
  /** Ticked by the product with evidence, or by a named person. */
  readonly by: 'countermand' | 'person'
  readonly done:
    | {
        readonly by: PersonId | 'countermand'
        readonly at: Instant | undefined
        readonly evidence: string
      }
    | undefined
}
