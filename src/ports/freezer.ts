import type { RollbackId } from '#domain/ids.ts'
import type { Target } from '#domain/service.ts'
import type { Instant } from '#domain/time.ts'

/** What whoever is refused a deploy reads, and whose freeze it is. */
export interface FreezeOrder {
  readonly rollback: RollbackId
  readonly until: Instant
  /** One sentence or two, without line breaks: who froze it, why, until when, and where it is lifted. */
  readonly words: string
  /** Beside the freeze that another rollback may have of this target, whose words and end it leaves alone; it takes the place of this rollback's own. */
  readonly isBeside?: true
}

/** A freeze that is not the caller's, as the platform has it. */
export interface StandingFreeze {
  /** Whose it says that it is; of no rollback where somebody wrote it by hand. */
  readonly rollback: RollbackId
  /** `undefined` where it names no time. */
  readonly until: Instant | undefined
}

/** Thrown when the platform's side of a freeze is not installed or does not act here; the message says what to do. Deploys are not refused. */
export class CannotFreeze extends Error {
  override readonly name = 'CannotFreeze'
}

/** Stops deploys of a workload by everybody but this program and whoever the platform team let through. */
export interface Freezer {
  /** Whether deploys of this target are to be frozen, as configured. Reads no network. */
  covers(target: Target): boolean
  /**
   * Resolves once the platform certainly refuses deploys. Safe to repeat: again with another time it is prolonged, for another
   * rollback it is taken over. Throws `NotAllowed` or `CannotFreeze` where trying again is of no use.
   */
  raise(target: Target, order: FreezeOrder, signal: AbortSignal): Promise<void>
  /**
   * Opens what `rollback` froze; what another one froze, and what is open, stays as it is. Safe to repeat. Answers what refuses its
   * deploys all the same, the last of it to end.
   */
  lift(
    target: Target,
    rollback: RollbackId,
    signal: AbortSignal,
  ): Promise<StandingFreeze | undefined>
}
