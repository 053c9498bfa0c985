import type { Pool, PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import { recorded, type Row } from './read.ts'

export type Histories = ReturnType<typeof histories>

/** Where a stream ends, its hash in hex. */
export interface End {
  readonly seq: number
  readonly head: string
}

interface Kept {
  readonly history: History
  /** Of its last row: it vouches for all before it, since each is chained to the one before. */
  readonly hash: string
}

/** Called when rows that were read before are no longer there; `last`: the number of the last one known. */
export type Lost = (incident: IncidentId, last: number) => void

/** An incident has some tens of events, a few kilobytes each. */
const mostKept = 4_000

/**
 * Reads incidents and keeps what it has read: rows are only ever added, so the next time the last one known and those after it are
 * enough. Where the last one is not the same any more – a standby that had fallen behind took over – all is read anew.
 */
export function histories(lost: Lost = () => undefined) {
  /** The ones read longest ago come first. */
  const kept = new Map<string, Kept>()
  let events = 0

  function forget(incident: string): void {
    events -= kept.get(incident)?.history.length ?? 0
    kept.delete(incident)
  }

  function keep(incident: string, of: Kept): void {
    forget(incident)
    if (of.history.length > mostKept / 4) return
    kept.set(incident, of)
    events += of.history.length
    for (const oldest of kept.keys()) {
      if (events <= mostKept) return
      forget(oldest)
    }
  }

  /** Streams without events are not in the answer. */
  async function read(
    client: Pool | PoolClient,
    incidents: readonly IncidentId[],
  ): Promise<ReadonlyMap<string, History>> {
    const before = new Map(incidents.map((incident) => [incident, kept.get(incident)]))
    const { rows } = await client.query<Row & { readonly hash: string }>({
      name: 'read-histories',
      text: `SELECT e.stream_id AS incident, e.seq, micros(e.at) AS at, e.kind, e.actor, e.payload, encode(e.hash, 'base64') AS hash
               FROM unnest($1::text[], $2::int[]) AS asked (stream, since)
              CROSS JOIN LATERAL (SELECT * FROM timeline_events
                                   WHERE stream_id = asked.stream AND seq >= asked.since
                                  -- Planned by itself: by its key, never through the whole record.
                                  OFFSET 0) e
              ORDER BY e.stream_id, e.seq`,
      values: [incidents, incidents.map((incident) => before.get(incident)?.history.length ?? 1)],
    })
    const answered = Map.groupBy(rows, ({ incident }) => incident)
    const found = new Map<string, History>()
    const changed: IncidentId[] = []
    for (const incident of incidents) {
      const known = before.get(incident)
      const [first, ...more] = answered.get(incident) ?? []
      if (known && first?.hash !== known.hash) {
        // Others may have read it at the same time: said once.
        if (kept.get(incident) === known) lost(incident, known.history.length)
        forget(incident)
        changed.push(incident)
      } else if (first) {
        const history = known
          ? [...known.history, ...more.map(recorded)]
          : [first, ...more].map(recorded)
        found.set(incident, history)
        keep(incident, { history, hash: (more.at(-1) ?? first).hash })
      }
    }
    return changed.length === 0 ? found : new Map([...found, ...(await read(client, changed))])
  }

  return {
    read,
    /** Where a stream ended when it was last read, its hash in hex. */
    end(incident: IncidentId): End | undefined {
      const known = kept.get(incident)
      return (
        known && {
          seq: known.history.length,
          head: Buffer.from(known.hash, 'base64').toString('hex'),
        }
      )
    },
    async one(client: Pool | PoolClient, incident: IncidentId): Promise<History> {
      return (await read(client, [incident])).get(incident) ?? []
    },
  }
}
