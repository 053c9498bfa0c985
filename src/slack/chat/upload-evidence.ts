import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { NoRoom } from './room.ts'

/** Files in one message. */
const mostFiles = 10

/** Puts what was captured last under the card, as files. */
export async function uploadEvidence(
  { client, evidence }: Edge,
  incident: IncidentId,
  history: History,
  at: Surface | undefined,
): Promise<void> {
  if (!at) throw new NoRoom('there is no card to put the evidence under')
  const captured = history.findLast(({ event }) => event.kind === 'evidence_captured')?.event
  if (captured?.kind !== 'evidence_captured') return
  const wanted = new Set(captured.items.map(({ sha256 }) => sha256))
  const items = (await evidence.read(incident)).filter(
    ({ sha256, text }) => wanted.has(sha256) && text !== '',
  )
  for (let start = 0; start < items.length; start += mostFiles)
    await client.filesUploadV2({
      channel_id: at.channel,
      thread_ts: at.ts,
      file_uploads: items.slice(start, start + mostFiles).map(({ name, text }) => ({
        content: text,
        filename: `${name.replace(/[^\w.-]+/g, '_').slice(0, 100)}.txt`,
        title: name.slice(0, 200),
      })),
    })
}
