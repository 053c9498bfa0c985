import type { Pool } from 'pg'
import { z } from 'zod'
import { type FlaggerCanaryName, flaggerGates, type FlaggerVersion } from '#domain/flagger/gates.ts'
import { instant } from '#domain/time.ts'
import type { Gates, LastAsked } from '#ports/gates.ts'

/** Gates of Flagger as every replica sees them. Questions come in through `intake`: no flood takes the connections of those who decide. */
export function flaggerGateTable(pool: Pool, intake: Pool = pool): Gates {
  return {
    async open(version, { gate, times, lasts }, operation) {
      await pool.query({
        name: 'open-flagger-gate',
        text: `INSERT INTO flagger_gates (cluster, namespace, name, checksum, gate, operation, opened_at, open_until, times_left)
               SELECT $1, $2, $3, $4, $5, $6, now, now + $7 * interval '1 microsecond', $8
                 FROM (SELECT countermand_now() AS now) clock
               ON CONFLICT (cluster, namespace, name, checksum, gate, operation) DO UPDATE
                  SET open_until = greatest(flagger_gates.open_until, excluded.open_until)
                WHERE flagger_gates.shut_at IS NULL AND flagger_gates.times_left IS DISTINCT FROM 0`,
        values: [...keyOf(version), gate, operation, lasts, times],
      })
    },

    async rest({ cluster, namespace, name }, operation) {
      await pool.query({
        name: 'rest-flagger-gates',
        text: `UPDATE flagger_gates SET open_until = least(open_until, countermand_now())
                WHERE (cluster, namespace, name) = ($1, $2, $3) AND operation = $4
                  AND shut_at IS NULL`,
        values: [cluster, namespace, name, operation],
      })
    },

    async shut({ cluster, namespace, name }, operation) {
      await pool.query({
        name: 'shut-flagger-gates',
        text: `UPDATE flagger_gates SET shut_at = countermand_now()
                WHERE (cluster, namespace, name) = ($1, $2, $3) AND operation = $4
                  AND shut_at IS NULL`,
        values: [cluster, namespace, name, operation],
      })
    },

    async giveBack(version, { gate, lasts }, operation, asked) {
      await pool.query({
        name: 'give-back-flagger-gate',
        text: `UPDATE flagger_gates
                  SET times_left = 1,
                      open_until = greatest(open_until, countermand_now() + $7 * interval '1 microsecond')
                WHERE (cluster, namespace, name, checksum, gate, operation) = ($1, $2, $3, $4, $5, $6)
                  AND shut_at IS NULL AND times_left = 0
                  AND EXISTS (SELECT FROM flagger_asked a
                               WHERE (a.cluster, a.namespace, a.name, a.checksum, a.gate) = ($1, $2, $3, $4, $5)
                                 AND NOT a.was_open AND micros(a.asked_at) = $8)`,
        values: [...keyOf(version), gate, operation, lasts, asked],
      })
    },

    async ask({ version, gate, phase }) {
      const { rows } = await intake.query<{ was_open: boolean }>({
        name: 'ask-flagger-gate',
        // One row is locked, and one time taken, whichever replicas are asked at once. What a promotion opened counts while it moves:
        // stopped by a rollback, or ordered away, it lets nothing through any more.
        text: `WITH let_through AS (
                 UPDATE flagger_gates SET times_left = times_left - 1
                  WHERE (cluster, namespace, name, checksum, gate) = ($1, $2, $3, $4, $5)
                    AND operation = (SELECT operation FROM flagger_gates
                                      WHERE (cluster, namespace, name, checksum, gate) = ($1, $2, $3, $4, $5)
                                        AND shut_at IS NULL AND open_until > countermand_now()
                                        AND (times_left IS NULL OR times_left > 0)
                                        AND (NOT starts_with(operation, 'pr-')
                                             OR EXISTS (SELECT FROM workload_claims c
                                                         WHERE c.stream_id = regexp_replace(operation, '([.][0-9]+){1,2}( [^ ]+)?$', '')
                                                           AND c.released_at IS NULL))
                                      ORDER BY opened_at, operation LIMIT 1 FOR UPDATE)
                    AND shut_at IS NULL AND (times_left IS NULL OR times_left > 0)
                 RETURNING 1
               )
               INSERT INTO flagger_asked (cluster, namespace, name, checksum, gate, phase, was_open, asked_at)
               VALUES ($1, $2, $3, $4, $5, $6, EXISTS (SELECT FROM let_through), countermand_now())
               ON CONFLICT (cluster, namespace, name, gate) DO UPDATE
                  SET checksum = excluded.checksum, phase = excluded.phase,
                      was_open = excluded.was_open, asked_at = excluded.asked_at
               RETURNING was_open`,
        values: [...keyOf(version), gate, phase],
      })
      return rows[0]?.was_open === true
    },

    async refusedLate({ cluster, namespace, name }, operation) {
      const { rows } = await pool.query({
        name: 'flagger-refused-late',
        text: `SELECT gate, checksum, phase, was_open, micros(asked_at) AS at
                 FROM flagger_asked JOIN flagger_gates USING (cluster, namespace, name, checksum, gate)
                WHERE (cluster, namespace, name) = ($1, $2, $3) AND operation = $4
                  AND shut_at IS NULL AND times_left IS DISTINCT FROM 0
                  AND NOT was_open AND open_until <= asked_at
                ORDER BY gate`,
        values: [cluster, namespace, name, operation],
      })
      return rows.map((row) => askedOf({ cluster, namespace, name }, row))
    },

    async lastAsked({ cluster, namespace, name }) {
      const { rows } = await intake.query({
        name: 'flagger-last-asked',
        text: `SELECT gate, checksum, phase, was_open, micros(asked_at) AS at FROM flagger_asked
                WHERE (cluster, namespace, name) = ($1, $2, $3) ORDER BY gate`,
        values: [cluster, namespace, name],
      })
      return rows.map((row) => askedOf({ cluster, namespace, name }, row))
    },
  }
}

/** Forgets gates that shut a month ago, and Canaries that have not asked for as long. */
export async function tidyGates(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM flagger_gates WHERE open_until < countermand_now() - interval '30 days'`,
  )
  await pool.query(
    `DELETE FROM flagger_asked WHERE asked_at < countermand_now() - interval '30 days'`,
  )
}

const keyOf = ({ cluster, namespace, name, checksum }: FlaggerVersion) => [
  cluster,
  namespace,
  name,
  checksum,
]

function askedOf(canary: FlaggerCanaryName, row: unknown): LastAsked {
  const { checksum, gate, phase, was_open, at } = Asked.parse(row)
  return { version: { ...canary, checksum }, gate, phase, wasOpen: was_open, at }
}

const Asked = z.object({
  gate: z.enum(flaggerGates),
  checksum: z.string(),
  phase: z.string(),
  was_open: z.boolean(),
  at: z.coerce.number().transform(instant),
})
