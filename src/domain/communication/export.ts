import type { IncidentId } from '#domain/ids.ts'
import type { History, Recorded } from '#domain/incident/events.ts'
import { incidentState } from '#domain/incident/state.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import { isoMicros } from '#domain/time.ts'
import { inMarkdown } from './markdown.ts'
import { promotionState } from '#domain/promotion/state.ts'
import { promotionStory } from './promotion-story.ts'
import { story } from './story.ts'
import { nameOf, plainly } from './telling.ts'
import { stamp } from './words.ts'

/** The whole timeline as a Markdown table, one row an event; readable, and safe to open anywhere. */
export function timelineMarkdown(incident: IncidentId, history: History): string {
  const rows = rowsOf(history).map(({ recorded, text }) =>
    [
      String(recorded.seq),
      isoMicros(recorded.at),
      inMarkdown(nameOf(recorded.actor)),
      inMarkdown(recorded.event.kind),
      inMarkdown(text),
    ].join(' | '),
  )
  return [
    `# Timeline of ${inMarkdown(incident)}`,
    '',
    `${history.length} events. Times are UTC. People are shown by their ids.`,
    '',
    '| # | at | who | kind | what |',
    '| ---: | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}

/** What came from a journal stands here with the time of the machine that kept it. */
const addedLater = ({ addedAt }: Recorded): string =>
  addedAt === undefined ? '' : ` (from a journal, added ${stamp(addedAt)})`

function rowsOf(
  history: History,
): readonly { readonly recorded: Recorded; readonly text: string }[] {
  const incident = incidentState(history)
  const rollbacks = rollbacksOf(history)
  return history.map((recorded, index) => {
    const { event } = recorded
    const rollback =
      'rollback' in event ? rollbacks.find(({ id }) => id === event.rollback) : undefined
    const text = incident
      ? plainly(story(recorded, { incident, rollback }))
      : 'promotion' in event
        ? plainly(promotionStory(event, promotionState(history.slice(0, index))))
        : ''
    return { recorded, text: `${text}${addedLater(recorded)}` }
  })
}
