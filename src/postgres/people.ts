import type { Pool } from 'pg'
import type { PersonId } from '#domain/ids.ts'
import { personId } from '#domain/ids.ts'
import { cleanText } from './clean.ts'

export interface Person {
  readonly id: PersonId
  readonly displayName: string
  readonly email: string | undefined
}

/** Names of people, apart from the timeline: a request for erasure is met here, and the chains stay whole. */
export function people(pool: Pool) {
  return {
    async remember({ id, displayName, email }: Person): Promise<void> {
      await pool.query(
        `INSERT INTO people (id, display_name, email, seen_at)
         VALUES ($1, $2, $3, countermand_now())
         ON CONFLICT (id) DO UPDATE
            SET display_name = excluded.display_name, email = excluded.email, seen_at = excluded.seen_at`,
        [id, cleanText(displayName), email === undefined ? null : cleanText(email)],
      )
    },

    async find(ids: readonly PersonId[]): Promise<readonly Person[]> {
      const { rows } = await pool.query<{ id: string; name: string; email: string | null }>(
        'SELECT id, display_name AS name, email FROM people WHERE id = ANY($1) ORDER BY id',
        [ids],
      )
      return rows.map(({ id, name, email }) => ({
        id: personId(id),
        displayName: name,
        email: email ?? undefined,
      }))
    },

    /** True when there was something to erase. */
    async erase(id: PersonId): Promise<boolean> {
      const { rowCount } = await pool.query('DELETE FROM people WHERE id = $1', [id])
      return rowCount === 1
    },
  }
}
