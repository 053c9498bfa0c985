import { type Edge, knownRollback, rollbackButton, tell } from '../edge.ts'
import type { Asker } from '../parts.ts'
import type { ActionPayload, View } from '../schema.ts'
import { callbacks } from '../views/index.ts'
import { tickInView } from './checklist.ts'
import { buttons } from './kinds.ts'
import { readMetadata } from './metadata.ts'
import { isInPlace, recordWrongPlace } from './place.ts'
import { press } from './press.ts'
import { pressAssessment, withdrawInView } from './press-assessment.ts'
import { pressPromotion } from './press-promotion.ts'
import { refreshRollbackForm } from './rollback-form.ts'
import { startRollback } from './start-rollback.ts'
import { refreshStatusPage } from './status-page.ts'

/** Somebody pressed or chose something. What it stands for is read from the signed value alone, and every press is answered. */
export async function pressed(edge: Edge, asker: Asker, payload: ActionPayload): Promise<void> {
  const value = payload.actions[0]?.value
  if (payload.view) return changed(edge, asker, payload.view, value)
  // A button that only opens a link reports here too; there is nothing to answer.
  if (value === undefined) return
  const action = edge.readButton(value)
  if (action?.kind === 'start-rollback') return startRollback(edge, asker, action)
  if (action && 'assessment' in action) return pressAssessment(edge, asker, action, value)
  if (action && 'promotion' in action) return pressPromotion(edge, asker, action, payload, value)
  const known = action && (await knownRollback(edge, action.rollback))
  if (!action || !known)
    return tell(edge, asker, { kind: 'nothing_found', what: 'what that button stands for' })

  const { container } = payload
  const place = {
    channel: container.channel_id,
    ts: container.message_ts,
    isEphemeral: container.is_ephemeral ?? false,
  }
  const { decides } = buttons[action.kind]
  if (!(await isInPlace(edge, known, place))) {
    if (decides) await recordWrongPlace(edge, known, asker, decides)
    return tell(edge, asker, {
      kind: 'refused',
      decided: decides ?? 'approve',
      service: known.service.id,
      rollback: known.rollback.id,
      refusal: { kind: 'wrong_place' },
    })
  }
  const answer = await press({ edge, asker, known, action, value })
  if (answer) await tell(edge, asker, answer)
}

/** Something was chosen or pressed in an open form. */
async function changed(
  edge: Edge,
  asker: Asker,
  view: View,
  value: string | undefined,
): Promise<void> {
  switch (view.callback_id) {
    case callbacks.checklist:
      return tickInView(edge, asker, view, value)
    case callbacks.impact:
      return withdrawInView(edge, asker, view, value)
    case callbacks.rollback:
      return refreshRollbackForm(edge, asker, view)
    case callbacks.statusPage: {
      const action = rollbackButton(edge, readMetadata(view.private_metadata)?.button)
      const known = action && (await knownRollback(edge, action.rollback))
      return known && refreshStatusPage(edge, known, view)
    }
    default:
      return undefined
  }
}
