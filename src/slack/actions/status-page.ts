import type { Answer } from '#domain/communication/answer.ts'
import { type Edge, type Known, personOf, tell } from '../edge.ts'
import { isRefused } from '../failure.ts'
import type { Asker } from '../parts.ts'
import { entered, type View } from '../schema.ts'
import { inputs, statusPageModal } from '../views/index.ts'
import { metadataFor } from './metadata.ts'
import type { Press } from './press.ts'

/** Shows what customers would read, to be looked at and changed before anything is sent. */
export async function openStatusPage({
  edge,
  asker,
  known,
  value,
}: Press): Promise<Answer | undefined> {
  if (asker.triggerId === undefined) throw new Error('a form needs a trigger')
  await edge.client.views.open({
    trigger_id: asker.triggerId,
    view: await statusView(edge, known, undefined, metadataFor(asker, value)),
  })
  return undefined
}

/** Another status was chosen: its own words are shown. */
export async function refreshStatusPage(edge: Edge, known: Known, view: View): Promise<void> {
  const selected = entered(view, inputs.status)
  try {
    await edge.client.views.update({
      view_id: view.id,
      hash: view.hash,
      view: await statusView(edge, known, selected, view.private_metadata),
    })
  } catch (error) {
    if (!isRefused(error, 'hash_conflict', 'not_found')) throw error
  }
}

export async function submitStatusPage(
  edge: Edge,
  asker: Asker,
  known: Known,
  view: View,
): Promise<void> {
  const status = entered(view, inputs.status)
  const text = entered(view, inputs.text)
  const answer: Answer =
    status === undefined || text === undefined
      ? { kind: 'nothing_found', what: 'a text to publish' }
      : await edge.workflows.announce({
          incident: known.incidentId,
          by: personOf(asker),
          delivery: asker.delivery,
          template: templateOf(status),
          text,
        })
  await tell(edge, asker, answer)
}

/** The template that a word of the status page comes from. */
const templateOf = (status: string): string => `status-${status.toLowerCase()}`

async function statusView(
  { texts, timeline }: Edge,
  { incidentId, history, rollback, service }: Known,
  selected: string | undefined,
  metadata: string,
) {
  return statusPageModal({
    offers: texts.statusOffers({
      incident: incidentId,
      history,
      rollback: rollback.id,
      service,
      now: await timeline.now(),
    }),
    selected,
    component: service.statusComponent,
    metadata,
  })
}
