import type { Pool } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import { instant, isoMicros } from '#domain/time.ts'
import type { ChainKeys } from './chain.ts'
import { type CheckedRow, chainCheck, type End, type Fault } from './chain-check.ts'
import { isGenuine, type SignedHead } from './heads.ts'

export interface Verification {
  readonly streams: number
  readonly events: number
  /** The first fault of each stream; empty when everything is as it was written. */
  readonly faults: readonly { readonly stream: string; readonly fault: Fault }[]
}

/**
 * Recomputes the chain of one incident, or of all. `anchors` are heads from the second place: with them
 * a stream that is gone altogether shows too. Reads a thousand rows at a time.
 */
export async function verifyTimeline(
  pool: Pool,
  keys: ChainKeys,
  incident?: IncidentId,
  anchors: readonly SignedHead[] = [],
): Promise<Verification> {
  const named = anchors.map(({ stream }) => stream).filter((id) => !incident || id === incident)
  const streams = [...new Set([...(await streamIds(pool, incident)), ...named])].toSorted()
  let events = 0
  const faults: { stream: string; fault: Fault }[] = []
  for (const stream of streams) {
    const kept = await keptHeads(pool, stream)
    const heads = [...kept, ...anchors.filter((head) => head.stream === stream)]
    const found = await verifyStream(pool, keys, stream, heads)
    events += found.events
    if (found.fault) faults.push({ stream, fault: found.fault })
  }
  return { streams: streams.length, events, faults }
}

async function verifyStream(
  pool: Pool,
  keys: ChainKeys,
  stream: string,
  heads: readonly SignedHead[],
): Promise<{ readonly events: number; readonly fault: Fault | undefined }> {
  const forged = heads.find((head) => !isGenuine(head, keys))
  if (forged) return { events: 0, fault: { kind: 'head_differs', seq: forged.count } }
  // The end is read first: rows that are added meanwhile lie behind it.
  const noted = await notedEnd(pool, stream)
  const known = new Map(heads.map(({ count, hash }) => [count, hash]))
  const check = chainCheck(stream, keys, noted, known)
  let last = 0
  let coming = page(pool, stream, 0, noted.seq)
  for (;;) {
    const rows = await coming
    const isLast = rows.length < pageSize
    // Read while these are checked; a page that nobody comes to want may fail.
    if (!isLast) coming = page(pool, stream, rows.at(-1)?.seq ?? last, noted.seq)
    coming.catch(() => undefined)
    for (const row of rows) {
      const fault = check.row(row)
      if (fault) return { events: last, fault }
      last = row.seq
    }
    if (isLast)
      return { events: last, fault: check.end() ?? (await beyond(pool, stream, noted.seq)) }
  }
}

const pageSize = 1_000

export async function page(
  pool: Pool,
  stream: string,
  after: number,
  upTo: number,
): Promise<readonly CheckedRow[]> {
  // As the hash covers it: nothing is left to be done with a row here.
  const { rows } = await pool.query<CheckedRow>({
    name: 'verify-page',
    text: `SELECT seq, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, kind, actor, payload, encode(prev_hash, 'hex') AS prev,
                  encode(hash, 'hex') AS hash, key_id AS "keyId"
             FROM timeline_events
            WHERE stream_id = $1 AND seq > $2 AND seq <= $3
            ORDER BY seq LIMIT $4`,
    values: [stream, after, upTo, pageSize],
  })
  return rows
}

/** A row behind the noted end, unless the stream has just grown by it. */
async function beyond(pool: Pool, stream: string, seq: number): Promise<Fault | undefined> {
  const { rowCount } = await pool.query(
    `SELECT FROM timeline_events e JOIN streams s ON s.id = e.stream_id
      WHERE s.id = $1 AND s.seq = $2 AND e.seq > $2 LIMIT 1`,
    [stream, seq],
  )
  return rowCount ? { kind: 'end_altered', seq } : undefined
}

export async function notedEnd(pool: Pool, stream: string): Promise<End> {
  const { rows } = await pool.query<End>(
    `SELECT seq, encode(head, 'hex') AS head FROM streams WHERE id = $1`,
    [stream],
  )
  return rows[0] ?? { seq: 0, head: '0'.repeat(64) }
}

export async function keptHeads(pool: Pool, stream: string): Promise<readonly SignedHead[]> {
  const { rows } = await pool.query<SignedHead & { at: string }>(
    `SELECT stream_id AS stream, count, encode(hash, 'hex') AS hash, micros(at) AS at,
            key_id AS "keyId", replace(encode(signature, 'base64'), E'\\n', '') AS signature
       FROM chain_heads WHERE stream_id = $1 ORDER BY count`,
    [stream],
  )
  return rows.map((row) => ({ ...row, at: isoMicros(instant(Number(row.at))) }))
}

async function streamIds(pool: Pool, incident: IncidentId | undefined): Promise<readonly string[]> {
  const { rows } =
    incident === undefined
      ? await pool.query<{ id: string }>(
          'SELECT id FROM streams UNION SELECT stream_id FROM timeline_events',
        )
      : await pool.query<{ id: string }>(
          `SELECT id FROM streams WHERE id = $1
            UNION SELECT stream_id FROM timeline_events WHERE stream_id = $1`,
          [incident],
        )
  return rows.map(({ id }) => id)
}
