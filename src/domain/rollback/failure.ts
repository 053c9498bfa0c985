import type { PersonId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
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
  /** It has ended, and waiting helps no more: the change that makes it once more. */
  readonly again?: Json
}

/** A failed step is undone too, for it may have taken effect before it failed, unless it certainly changed nothing. Where people are to be asked, nothing is taken back by itself. */
export function failed(
  enter: (phase: Phase, more?: Partial<RollbackState>) => RollbackState,
  end: (phase: Phase, by: PersonId | undefined, why: string | undefined) => RollbackState,
  state: RollbackState,
  event: StepFailed,
): RollbackState {
  const { step, message, changed, again } = event
  const applied = state.phase === 'settling'
  const failure = { step, message, changed, applied, ...(again === undefined ? {} : { again }) }
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

/** The steps as they are tried again: where what a step began has ended, by the change that makes it once more. */
export const retriedSteps = ({
  steps,
  failure,
}: Pick<RollbackState, 'steps' | 'failure'>): RollbackState['steps'] =>
  failure?.again === undefined
    ? steps
    : steps.map((step, at) =>
        at === failure.step && failure.again !== undefined
          ? { ...step, change: failure.again }
          : step,
      )

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
