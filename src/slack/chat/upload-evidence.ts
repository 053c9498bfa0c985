import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { NoRoom } from './room.ts'
import { uploadOnce } from './upload-once.ts'

/** Files in one message. */
const mostFiles = 10

/** Puts what was captured last under the card, as files. */
export async function uploadEvidence(
  edge: Edge,
  key: string,
  incident: IncidentId,
  history: History,
  at: Surface | undefined,
): Promise<void> {
  if (!at) throw new NoRoom('there is no card to put the evidence under')
  const captured = history.findLast(({ event }) => event.kind === 'evidence_captured')?.event
  if (captured?.kind !== 'evidence_captured') return
  const wanted = new Set(captured.items.map(({ sha256 }) => sha256))
  const items = (await edge.evidence.read(incident)).filter(
    ({ sha256, text }) => wanted.has(sha256) && text !== '',
  )
  const files = items.map(({ name, text }) => ({
    content: text,
    filename: `${name.replace(/[^\w.-]+/g, '_').slice(0, 100)}.txt`,
    title: name.slice(0, 200),
  }))
  await uploadOnce(edge, {
    key,
    at,
    batches: Array.from({ length: Math.ceil(files.length / mostFiles) }, (_, index) =>
      files.slice(index * mostFiles, (index + 1) * mostFiles),
    ),
  })
}
