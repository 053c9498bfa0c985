import type { Answer } from '#domain/communication/answer.ts'
import type { History, TimelineEvent } from '#domain/incident/events.ts'
import { decisionOf } from '#domain/rollback/decision-of.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Click } from '#workflows/click.ts'

/** A click delivered twice gets the answer it had. */
export function answeredBefore(
  history: History,
  { delivery }: Click,
  { id, service }: RollbackState,
): Answer | undefined {
  const earlier = history.find(
    ({ event }) => 'delivery' in event && event.delivery === delivery,
  )?.event
  if (earlier === undefined || !('delivery' in earlier)) return undefined
  if (earlier.kind === 'decision_refused')
    return {
      kind: 'refused',
      decided: earlier.decided,
      service,
      rollback: id,
      refusal: earlier.because,
    }
  const decided = decisionOf(earlier)
  if (decided === undefined || decided === 'approve') return undefined
  const as = ('as' in earlier ? earlier.as : null) ?? 'on-call-engineer'
  return {
    kind: 'decided',
    decided,
    service,
    rollback: id,
    as,
    breakGlass: false,
    ...anewOf(earlier),
  }
}

/** Whether the step that somebody goes on with is made once more, for the answer to them. */
export const anewOf = (event: TimelineEvent | undefined): { readonly anew?: true } =>
  event?.kind === 'step_retried' && event.anew ? { anew: true } : {}
