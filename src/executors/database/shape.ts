import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { z } from 'zod'

/** What a schema looks like: a digest for each table (its columns and constraints), view and index, by its name. */
export const Shape = z.record(z.string(), z.string())
export type Shape = z.infer<typeof Shape>

/** A record is kept of every version: of a schema with more than this, only whether it is the same. */
const mostNamed = 1_000

/**
 * Without what no migration owns: partitions, which are made as time passes, and what an extension brought along. The parent of a
 * partition is there, and tells of the columns of all.
 */
export async function shapeOf(client: Client): Promise<Shape> {
  const { rows } = await client.query<{ name: string; line: string }>(
    `WITH own AS (
       SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'v', 'm', 'p', 'i', 'I') AND NOT c.relispartition
          AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
          AND NOT EXISTS (SELECT FROM pg_depend e
               WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
     )
     SELECT o.name, concat_ws(' ', 'column', a.attname, format_type(a.atttypid, a.atttypmod),
                      a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) AS line
       FROM own o
       JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = o.oid AND d.adnum = a.attnum
      WHERE o.relkind IN ('r', 'v', 'm', 'p')
      UNION ALL
     SELECT o.name, concat_ws(' ', 'constraint', k.conname, pg_get_constraintdef(k.oid))
       FROM own o JOIN pg_constraint k ON k.conrelid = o.oid
      UNION ALL
     SELECT 'index ' || x.name, pg_get_indexdef(x.oid)
       FROM own x JOIN pg_index i ON i.indexrelid = x.oid JOIN own o ON o.oid = i.indrelid
      ORDER BY 1, 2`,
  )
  const found = Map.groupBy(rows, ({ name }) => name)
  if (found.size > mostNamed)
    return { everything: digestOf(rows.map(({ name, line }) => `${name} ${line}`)) }
  return Object.fromEntries(
    [...found].map(([name, of]) => [name, digestOf(of.map(({ line }) => line)).slice(0, 12)]),
  )
}

/** What is not the same in both, by name. */
export const differing = (one: Shape, other: Shape): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => one[name] !== other[name])
    .toSorted()

const digestOf = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex')
