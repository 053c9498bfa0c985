import type { PersonId } from '#domain/ids.ts'
import type { StepFailed } from './step-failed.ts'
import type { Phase } from './phase.ts'
import type { RollbackState } from './state.ts'
import { wayInstead } from './offered-way.ts'

/** Of the step at which it stopped. */
export interface Failure {
  readonly step: number
  readonly message: string
  readonly changed: 'nothing' | 'maybe'
  /** The change itself had been made; what it was to bring about did not come. */
  readonly applied: boolean
}

/** A failed step is undone too, for it may have taken effect before it failed, unless it certainly changed nothing. Where people are to be asked, nothing is taken back by itself. */
export function failed(
  enter: (phase: Phase, more?: Partial<RollbackState>) => RollbackState,
  end: (phase: Phase, by: PersonId | undefined, why: string | undefined) => RollbackState,
  state: RollbackState,
  event: StepFailed,
): RollbackState {
  const { step, message, changed } = event
  const failure = { step, message, changed, applied: state.phase === 'settling' }
  const isNothing = event.changed === 'nothing' && event.step === 0
  // Refused where another way is open: to ask once more would only come to the same refusal.
  if (isNothing && wayInstead({ ...state, at: 0 })) return enter('failed', { at: 0, failure })
  if (isNothing) return { ...end('undone', undefined, event.message), failure }
  if (state.steps[event.step]?.onFailure === 'ask')
    return enter('failed', { at: event.step, failure })
  return enter('undoing', {
    at: event.changed === 'nothing' ? event.step - 1 : event.step,
    failure,
  })
}

/** It ended at its first step, which was refused before anything was changed: nothing had to be taken back. */
export const isRefusedAtOnce = ({
  phase,
  failure,
  collapsed,
}: Pick<RollbackState, 'phase' | 'failure' | 'collapsed'>): boolean =>
  phase === 'undone' && !collapsed && failure?.changed === 'nothing' && failure.step === 0

/** The last step that may have changed something. */
export function lastTouched({ at, steps, failure }: RollbackState): number {
  if (failure?.changed === 'nothing' && failure.step === at && at > 0) return at - 1
  return Math.min(at, steps.length - 1)
}
