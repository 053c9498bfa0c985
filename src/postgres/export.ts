import type { Pool } from 'pg'
import { z } from 'zod'
import type { IncidentId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'
import type { ChainKeys } from './chain.ts'
import { chainCheck, type Fault } from './chain-check.ts'
import { isGenuine } from './heads.ts'
import { keptHeads, notedEnd, page } from './verify.ts'

const Row = z.object({
  seq: z.number().int(),
  at: z.string(),
  kind: z.string(),
  actor: z.string(),
  payload: z.custom<Json>((value) => value !== undefined),
  prev: z.string(),
  hash: z.string(),
  keyId: z.string(),
})
const Head = z.object({
  stream: z.string(),
  count: z.number().int(),
  hash: z.string(),
  at: z.string(),
  keyId: z.string(),
  signature: z.string(),
})

/** A whole timeline as a file: everything a check without the database needs, except the key. */
export const TimelineExport = z.object({
  format: z.literal('countermand-timeline-1'),
  incident: z.string(),
  events: z.array(Row),
  end: z.object({ seq: z.number().int(), head: z.string() }),
  heads: z.array(Head),
})
export type TimelineExport = z.infer<typeof TimelineExport>

/** `undefined` when there is no such incident. */
export async function exportTimeline(
  pool: Pool,
  incident: IncidentId,
): Promise<TimelineExport | undefined> {
  const end = await notedEnd(pool, incident)
  const events: TimelineExport['events'] = []
  for (;;) {
    const rows = await page(pool, incident, events.at(-1)?.seq ?? 0, end.seq)
    if (rows.length === 0) break
    events.push(...rows)
  }
  if (end.seq === 0 && events.length === 0) return undefined
  const heads = await keptHeads(pool, incident)
  const upToEnd = heads.filter(({ count }) => count <= end.seq)
  return { format: 'countermand-timeline-1', incident, events, end, heads: [...upToEnd] }
}

/** The first fault of an exported timeline; `undefined` when it is as it was written. Needs nothing but the key. */
export function verifyExport(exported: TimelineExport, keys: ChainKeys): Fault | undefined {
  const { incident, events, end, heads } = exported
  const forged = heads.find((head) => head.stream !== incident || !isGenuine(head, keys))
  if (forged) return { kind: 'head_differs', seq: forged.count }
  const known = new Map(heads.map(({ count, hash }) => [count, hash]))
  const check = chainCheck(incident, keys, end, known)
  for (const row of events) {
    const fault = check.row(row)
    if (fault) return fault
  }
  return check.end()
}
