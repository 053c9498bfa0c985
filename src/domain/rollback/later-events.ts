import type { RollbackId } from '#domain/ids.ts'

interface Of {
  readonly rollback: RollbackId
  readonly step: number
}

/** What follows a step a while after the rollback was made, or why it does not; nothing further comes of it. */
export type LaterEvent =
  | (Of & { readonly kind: 'later_done' })
  | (Of & { readonly kind: 'later_left'; readonly why: string })
