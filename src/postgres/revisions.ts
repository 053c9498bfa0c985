import type { Pool } from 'pg'
import { revisionId, rollbackId, workloadId } from '#domain/ids.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import type { KnownRevision, Revisions } from '#ports/store.ts'
import { cleanJson, cleanText } from './clean.ts'
import { transaction } from './transaction.ts'

/** Between two sightings that lie further apart nobody looked: that time counts at most this much. */
const longestGap = minutes(15)

/** What is known of versions, in PostgreSQL. */
export function revisions(pool: Pool): Revisions {
  return {
    async saw(workload, sighting) {
      const { revision, name, template, running, healthy, digests, servedMicros, began } = sighting
      const stored = JSON.stringify(cleanJson(template, (text) => text))
      const values = [
        workload,
        revision,
        cleanText(name),
        stored,
        running,
        healthy,
        longestGap,
        JSON.stringify(digests),
        servedMicros,
        began !== undefined,
        began?.at ?? null,
        began?.orEarlier ?? false,
      ]
      const { rows } = await transaction(pool, async (client) => ({
        result: await client.query<Begun>(saw, values),
      }))
      return begunIn(rows[0])
    },

    async markVerified(workload, { id, name }) {
      await pool.query(
        `INSERT INTO revisions (workload, revision, name, template, first_seen, last_seen, running, healthy, verified_at)
         SELECT $1, $2, $3, 'null'::jsonb, at, at, false, false, at FROM (SELECT countermand_now() AS at) AS clock
         ON CONFLICT (workload, revision) DO UPDATE SET verified_at = excluded.verified_at`,
        [workload, id, cleanText(name)],
      )
    },

    async markBad(workload, { id, name }, because, rollback) {
      await pool.query(
        `INSERT INTO revisions AS r
                (workload, revision, name, template, first_seen, last_seen, running, healthy, bad_since, bad_because, bad_rollback)
         SELECT $1, $2, $3, 'null'::jsonb, at, at, false, false, at, $4, $5 FROM (SELECT countermand_now() AS at) AS clock
         ON CONFLICT (workload, revision) DO UPDATE
            SET bad_since = coalesce(r.bad_since, excluded.bad_since), bad_because = excluded.bad_because,
                bad_rollback = excluded.bad_rollback`,
        [workload, id, cleanText(name), cleanText(because), rollback],
      )
    },

    async unmarkBad(workload, revision) {
      await pool.query(
        `UPDATE revisions SET bad_since = NULL, bad_because = NULL, bad_rollback = NULL
          WHERE workload = $1 AND revision = $2`,
        [workload, revision],
      )
    },

    async known(workload) {
      const { rows } = await pool.query<Row>(
        `SELECT revision, name, micros(first_seen) AS first_seen, micros(last_seen) AS last_seen,
                running, began_at IS NOT NULL OR running AS has_run, digests, healthy_micros, served_micros, micros(verified_at) AS verified_at,
                micros(bad_since) AS bad_since, bad_because, bad_rollback
           FROM revisions WHERE workload = $1 ORDER BY last_seen DESC, first_seen DESC`,
        [workload],
      )
      return rows.map(known)
    },

    async begunSince(workloads, since) {
      const { rows } = await pool.query<{ workload: string; name: string; at: string }>(
        `SELECT workload, name, micros(began_at) AS at
           FROM revisions
          WHERE workload = ANY ($1) AND running AND NOT began_or_earlier AND micros(began_at) >= $2
          ORDER BY began_at DESC, workload LIMIT 20`,
        [workloads, since],
      )
      return rows.map(({ workload, name, at }) => ({
        workload: workloadId(workload),
        name,
        at: instant(Number(at)),
      }))
    },

    async template(workload, revision) {
      const { rows } = await pool.query(
        'SELECT template FROM revisions WHERE workload = $1 AND revision = $2',
        [workload, revision],
      )
      return rows[0]?.template ?? undefined
    },
  }
}

/** A sighting of one version ends the healthy time of the others: a gap in which something else ran proves nothing. */
const saw = `
WITH others AS (
  UPDATE revisions SET running = false
   WHERE workload = $1 AND revision <> $2 AND running AND $5
), clock AS MATERIALIZED (
  SELECT countermand_now() AS at
)
INSERT INTO revisions AS r
       (workload, revision, name, template, first_seen, last_seen, running, healthy, digests, served_micros,
        began_at, began_or_earlier)
SELECT $1, $2, $3, $4::jsonb, at, at, $5, $6, $8::jsonb, $9,
       CASE WHEN $10 THEN least(to_timestamp($11::bigint / 1000000.0), at) END, $12
  FROM clock
ON CONFLICT (workload, revision) DO UPDATE
   SET name = excluded.name, template = excluded.template, last_seen = excluded.last_seen,
       running = excluded.running, healthy = excluded.healthy, digests = r.digests || excluded.digests,
       served_micros = greatest(r.served_micros, excluded.served_micros),
       healthy_micros = r.healthy_micros + CASE
         WHEN r.running AND r.healthy AND excluded.running AND excluded.healthy
         THEN least(greatest(micros(excluded.last_seen) - micros(r.last_seen), 0), $7::bigint)
         ELSE 0 END,
       began_at = CASE WHEN $10 THEN excluded.began_at ELSE r.began_at END,
       began_or_earlier = CASE WHEN $10 THEN excluded.began_or_earlier ELSE r.began_or_earlier END
RETURNING CASE WHEN running THEN micros(began_at) END AS began_at, began_or_earlier`

interface Begun {
  readonly began_at: string | null
  readonly began_or_earlier: boolean
}

const begunIn = (row: Begun | undefined) =>
  row === undefined || row.began_at === null
    ? undefined
    : { at: instant(Number(row.began_at)), orEarlier: row.began_or_earlier }

interface Row {
  readonly revision: string
  readonly name: string
  readonly first_seen: string
  readonly last_seen: string
  readonly running: boolean
  readonly has_run: boolean
  readonly digests: Readonly<Record<string, string>>
  readonly healthy_micros: string
  readonly served_micros: string
  readonly verified_at: string | null
  readonly bad_since: string | null
  readonly bad_because: string | null
  readonly bad_rollback: string | null
}

function known(row: Row): KnownRevision {
  return {
    revision: revisionId(row.revision),
    name: row.name,
    firstSeen: instant(Number(row.first_seen)),
    lastSeen: instant(Number(row.last_seen)),
    running: row.running,
    hasRun: row.has_run,
    digests: row.digests,
    healthyMicros: Number(row.healthy_micros),
    servedMicros: Number(row.served_micros),
    verifiedAt: row.verified_at === null ? undefined : instant(Number(row.verified_at)),
    bad: row.bad_since === null ? undefined : bad(row, instant(Number(row.bad_since))),
  }
}

const bad = (row: Row, since: Instant): NonNullable<KnownRevision['bad']> => ({
  since,
  because: row.bad_because ?? '',
  rollback: rollbackId(row.bad_rollback ?? ''),
})
