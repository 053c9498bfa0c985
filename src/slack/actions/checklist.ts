import type { ModalView } from '@slack/types'
import { checklist, presentPart } from '#domain/checklist/checklist.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { type Edge, type Known, knownRollback, rollbackButton, personOf, tell } from '../edge.ts'
import { isRefused } from '../failure.ts'
import type { Asker } from '../parts.ts'
import type { View } from '../schema.ts'
import { type RollbackButton, checklistModal } from '../views/index.ts'
import { askerIn } from './metadata.ts'

/** What is to be done in the present part, what is done, and what was left open before. */
export async function checklistView(
  { timeline, sign }: Edge,
  { history, incident, rollback }: Known,
  metadata: string,
): Promise<ModalView> {
  const now = await timeline.now()
  return checklistModal({
    items: checklist(incident, rollbacksOf(history), now),
    part: presentPart(rollback, now),
    rollback: rollback.id,
    sign,
    now,
    metadata,
  })
}

export const tickItem = (
  { workflows }: Edge,
  asker: Asker,
  { incidentId: incident }: Known,
  { detail = '' }: RollbackButton,
): Promise<Answer> =>
  workflows.tick({
    incident,
    by: personOf(asker),
    delivery: asker.delivery,
    item: detail,
    note: '',
  })

/** Ticked in the open form: the form itself is the answer, unless it was refused or is gone. */
export async function tickInView(
  edge: Edge,
  from: Asker,
  view: View,
  value: string | undefined,
): Promise<void> {
  const asker = askerIn(view, from)
  const action = rollbackButton(edge, value)
  const known = action && (await knownRollback(edge, action.rollback))
  if (action?.kind !== 'tick' || !known)
    return tell(edge, asker, { kind: 'nothing_found', what: 'that item of the checklist' })
  const answer = await tickItem(edge, asker, known, action)
  const isShown = await redrawn(edge, known, view)
  if (answer.kind !== 'ticked' || !isShown) await tell(edge, asker, answer)
}

/** `false` when the form was closed meanwhile. Another tick may have redrawn it: then it is drawn once more, from the record. */
async function redrawn(edge: Edge, { rollback }: Known, view: View): Promise<boolean> {
  for (const hash of [view.hash, undefined]) {
    const known = await knownRollback(edge, rollback.id)
    if (!known) return false
    try {
      await edge.client.views.update({
        view_id: view.id,
        ...(hash === undefined ? {} : { hash }),
        view: await checklistView(edge, known, view.private_metadata),
      })
      return true
    } catch (error) {
      if (isRefused(error, 'not_found')) return false
      if (!isRefused(error, 'hash_conflict')) throw error
    }
  }
  return false
}
