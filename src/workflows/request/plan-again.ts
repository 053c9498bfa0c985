import type { Answer } from '#domain/communication/answer.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbackState } from '#domain/rollback/state.ts'
import type { Click } from '#workflows/click.ts'
import { requestRollback } from './request-rollback.ts'
import type { World } from '#workflows/world.ts'

/** A fresh proposal in the same incident, after one that did not help; its authority is that of this minute. */
export async function planAgain(
  world: World,
  click: Click & { readonly to?: string },
): Promise<Answer> {
  const incident = await world.timeline.incidentOf(click.rollback)
  const history = incident === undefined ? [] : await world.timeline.read(incident)
  const before = rollbackState(history, click.rollback)
  if (!before) return { kind: 'nothing_found', what: 'that rollback' }
  return requestRollback(
    world,
    {
      by: click.by,
      service: before.service,
      to: click.to,
      reason: before.reason,
      reasonKind: before.reasonKind,
      ...(before.combined ? { isCombined: true as const } : {}),
      // As it stands: the reason of then must not undo what people have said about it since.
      severity: incidentState(history)?.severity,
      since: undefined,
      notBefore: undefined,
    },
    click.delivery,
  )
}
