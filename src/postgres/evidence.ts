import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import type { EvidenceLocker } from '#ports/store.ts'
import { cleanText, type Scrub } from './clean.ts'

/** Captured texts in PostgreSQL. Scrubbed once more before they are hashed and kept; nothing here is ever changed. */
export function evidenceLocker(pool: Pool, scrub: Scrub = (text) => text): EvidenceLocker {
  return {
    async keep(incident, rollback, { name, kind, text }) {
      const kept = cleanText(scrub(text))
      const sha256 = createHash('sha256').update(kept).digest('hex')
      await pool.query(
        `WITH text AS (
           INSERT INTO evidence_texts (sha256, text) VALUES ($5, $6) ON CONFLICT DO NOTHING
         )
         INSERT INTO evidence (stream_id, rollback, name, kind, sha256, at)
         VALUES ($1, $2, $3, $4, $5, countermand_now())
         ON CONFLICT DO NOTHING`,
        [incident, rollback, cleanText(name), kind, sha256, kept],
      )
      return { bytes: Buffer.byteLength(kept), sha256 }
    },

    async read(incident) {
      const { rows } = await pool.query<{
        name: string
        kind: string
        text: string
        sha256: string
      }>(
        `SELECT e.name, e.kind, t.text, e.sha256
           FROM evidence e JOIN evidence_texts t USING (sha256)
          WHERE e.stream_id = $1 ORDER BY e.at, e.kind, e.name`,
        [incident],
      )
      return rows
    },
  }
}
