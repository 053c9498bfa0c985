import type { Pool } from 'pg'
import { instant, isoMicros } from '#domain/time.ts'
import type { Assessments } from '#ports/store.ts'
import { type Row, recorded } from './timeline/read.ts'

/** Assessments are streams of the timeline; what an incident was told of them stands there a second time and is left out here. */
export function assessments(pool: Pool): Assessments {
  return {
    async between(service, from, to) {
      const { rows } = await pool.query<Row>({
        name: 'assessments-between',
        text: `SELECT stream_id AS incident, seq, micros(at) AS at, kind, actor, payload
                 FROM timeline_events
                WHERE kind = 'assessed' AND payload ->> 'service' = $1
                  AND at >= $2::timestamptz AND at < $3::timestamptz
                  AND stream_id = payload ->> 'assessment'
                ORDER BY at, stream_id, seq`,
        values: [service, isoMicros(from), isoMicros(to)],
      })
      return rows.map(recorded)
    },

    async ownerAsked(service) {
      const { rows } = await pool.query<{ at: string | null }>(
        `SELECT micros(max(at)) AS at FROM timeline_events
          WHERE kind = 'owner_asked' AND payload ->> 'service' = $1`,
        [service],
      )
      const at = rows[0]?.at
      return at === null || at === undefined ? undefined : instant(Number(at))
    },
  }
}
