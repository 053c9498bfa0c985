import type { RollbackId } from '#domain/ids.ts'
import type { HeldBy } from '#domain/rollback/hold.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Target } from '#domain/service.ts'

/** Which version is not to be deployed, and what whoever tries it reads. */
export interface HoldOrder {
  readonly rollback: RollbackId
  readonly held: Revision
  /** What was gone back to: what both have in common names neither. */
  readonly instead: Revision
  /** One sentence or two, without line breaks: who holds it, why, and how the hold is lifted. */
  readonly words: string
}

/** Thrown when the platform's side of a hold is not installed or does not act here, or nothing tells the version from others; the message says what to do. It is not refused. */
export class CannotHold extends Error {
  override readonly name = 'CannotHold'
}

/** Has the platform refuse a version to everybody but this program and whoever the platform team let through. */
export interface Holder {
  /** Whether versions of this target are to be refused, as configured. Reads no network. */
  covers(target: Target): boolean
  /** Resolves once the platform certainly refuses it, and says by what. Safe to repeat. Throws `NotAllowed` or `CannotHold` where trying again is of no use. */
  enforce(target: Target, order: HoldOrder, signal: AbortSignal): Promise<HeldBy>
  /** Lets the version that `rollback` held be deployed again. Safe to repeat. */
  release(target: Target, rollback: RollbackId, signal: AbortSignal): Promise<void>
}
