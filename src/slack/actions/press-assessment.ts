import type { ModalView } from '@slack/types'
import { type AssessmentState, assessmentState } from '#domain/assessment/state.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { type AssessmentId, deliveryId } from '#domain/ids.ts'
import type { Pressed } from '#workflows/assessment/press-assessment.ts'
import { type Edge, personOf, tell } from '../edge.ts'
import { isRefused } from '../failure.ts'
import type { Asker } from '../parts.ts'
import { reply } from '../reply.ts'
import { entered, type View } from '../schema.ts'
import { turnedAway } from '../turned-away.ts'
import {
  type AssessmentButton,
  assessmentCard,
  callbacks,
  impactIn,
  impactModal,
  inputs,
  noIncidentModal,
} from '../views/index.ts'
import { askerIn, metadataFor } from './metadata.ts'
import { open } from './press.ts'

/** A button of an assessment: whoever may see it may press it. Forms are opened, everything else is done at once. */
export async function pressAssessment(
  edge: Edge,
  asker: Asker,
  { kind, assessment, detail }: AssessmentButton,
  value: string,
): Promise<void> {
  const state = await stateOf(edge, assessment)
  if (!state) return tell(edge, asker, gone)
  const { service } = state
  const away = await turnedAway(edge, asker, { shows: 'an assessment', service })
  if (away) return tell(edge, asker, away)
  const { workflows } = edge
  const pressed = pressedBy(asker, assessment)
  switch (kind) {
    case 'watch-service':
      return answer(edge, asker, await workflows.watchService(pressed))
    case 'stop-watching':
      return answer(edge, asker, await workflows.stopWatching(pressed))
    case 'ask-owner':
      return answer(edge, asker, await workflows.askOwner(pressed))
    case 'withdraw':
      return answer(
        edge,
        asker,
        await workflows.withdraw({ ...pressed, of: deliveryId(detail ?? '') }),
      )
    case 'add-impact':
      return open({ edge, asker }, form(edge, state, metadataFor(asker, value)))
    case 'no-incident':
      return open({ edge, asker }, noIncidentModal(state, metadataFor(asker, value)))
  }
}

/** Taken back in the open form: it is drawn again without it. */
export async function withdrawInView(
  edge: Edge,
  from: Asker,
  view: View,
  value: string | undefined,
): Promise<void> {
  const asker = askerIn(view, from)
  const action = value === undefined ? undefined : edge.readButton(value)
  if (!action || !('assessment' in action)) return tell(edge, asker, gone)
  await pressAssessment(edge, asker, action, value ?? '')
  const state = await stateOf(edge, action.assessment)
  if (!state) return
  try {
    const drawn = form(edge, state, view.private_metadata)
    await edge.client.views.update({ view_id: view.id, view: drawn })
  } catch (error) {
    if (!isRefused(error, 'not_found')) throw error
  }
}

export async function submitAssessmentForm(
  edge: Edge,
  asker: Asker,
  view: View,
  value: string | undefined,
): Promise<void> {
  const action = value === undefined ? undefined : edge.readButton(value)
  if (!action || !('assessment' in action)) return tell(edge, asker, gone)
  const pressed = pressedBy(asker, action.assessment)
  // A form belongs to the button that opened it (threat T019).
  if (view.callback_id === callbacks.noIncident && action.kind === 'no-incident') {
    const reason = entered(view, inputs.reason) ?? ''
    return answer(edge, asker, await edge.workflows.sayNoIncident({ ...pressed, reason }))
  }
  if (view.callback_id === callbacks.impact && action.kind === 'add-impact') {
    const said = impactIn(entered(view, inputs.impact), entered(view, inputs.amount))
    return typeof said === 'string'
      ? tell(edge, asker, { kind: 'not_written', why: said })
      : answer(edge, asker, await edge.workflows.stateImpact({ ...pressed, said }))
  }
  return tell(edge, asker, gone)
}

/** An assessment that only one person sees cannot be drawn again for them: they are shown the new one. */
async function answer(edge: Edge, asker: Asker, said: Answer): Promise<void> {
  await tell(edge, asker, said)
  if (said.kind !== 'assessment_changed' || said.assessment.place) return
  await reply(edge, asker, assessmentCard(said.assessment, edge.sign))
}

const form = ({ sign }: Edge, state: AssessmentState, metadata: string): ModalView =>
  impactModal(state, { sign, metadata })

const pressedBy = (asker: Asker, assessment: AssessmentId): Pressed => ({
  assessment,
  by: personOf(asker),
  delivery: asker.delivery,
})

const stateOf = async ({ timeline }: Edge, assessment: AssessmentId) =>
  assessmentState(await timeline.read(assessment))

const gone = { kind: 'nothing_found', what: 'that assessment' } as const
