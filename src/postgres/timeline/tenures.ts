import type { PoolClient } from 'pg'
import type { Tenure } from '#ports/tenure.ts'

/**
 * Those of them that are not over, as all replicas see it. To be asked behind the stream's lock: whoever took the work over since
 * then waits for that lock, and finds what is written now.
 */
export async function livingTenures(
  client: PoolClient,
  tenures: readonly (Tenure | undefined)[],
): Promise<ReadonlySet<string>> {
  const ids = [...new Set(tenures.flatMap((tenure) => tenure?.id ?? []))]
  if (ids.length === 0) return new Set()
  const { rows } = await client.query<{ id: string }>({
    name: 'living-tenures',
    text: 'SELECT id FROM replicas WHERE id = ANY ($1) AND lease_until > clock_timestamp()',
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}
