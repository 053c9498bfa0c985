import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'

/** How one target is stopped as a whole, and brought back as it is now. */
export interface Quiet {
  /** Nothing of it runs any more when this has settled; its undo brings back exactly as many as there are now. */
  readonly stop: Pick<Step, 'change' | 'undo' | 'settles'>
  /** `3 pods`; `nothing`, where it runs none: then it need not be stopped. */
  readonly runs: { readonly noun: string; readonly count: number }
  readonly warnings: readonly Warning[]
  /** Why it cannot be stopped. */
  readonly blockers: readonly Blocker[]
}

/** Stops every instance of a target, for as long as something that it works on is changed beneath it. */
export interface Quiescer {
  /** Looks, and changes nothing: what is answered are changes for the same executor's `apply`. Throws `TargetGone` where the platform says that nothing of it is there, so nothing of it can run, and otherwise when it does not answer. */
  plan(target: Target, signal: AbortSignal): Promise<Quiet>
}
