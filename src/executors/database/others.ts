import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { list } from '#domain/communication/words.ts'
import { migrating, ourName } from './connection.ts'
import type { DatabaseParts } from './context.ts'

/** How long others may take to end what they have begun. */
const quietMs = 30_000
const lookEveryMs = 1_000

/** Who else is connected, each said once. */
interface Others {
  /** In the middle of something: their locks are in the way, and what they wrote is not yet there to be backed up. */
  readonly busy: readonly string[]
  readonly idle: readonly string[]
}

export const nobody: Others = { busy: [], idle: [] }

/** Waits until nobody else has a transaction open, for so long at most; answers who is still connected. */
export async function onceQuiet(
  { quietMs: limit = quietMs }: Pick<DatabaseParts, 'quietMs'>,
  client: Client,
  signal: AbortSignal,
): Promise<Others> {
  for (let left = limit; ; left -= lookEveryMs) {
    const others = await othersIn(client)
    if (others.busy.length === 0 || left <= 0) return others
    await sleep(Math.min(left, lookEveryMs), undefined, { signal })
  }
}

export const busyText = (busy: readonly string[], scrub: (text: string) => string): string =>
  scrub(`${list(busy)} still works on it; end that, or stop what it belongs to, and ask again`)

/** `pg_stat_activity` hides what others do from a role without `pg_read_all_stats`: such a session counts as idle. */
async function othersIn(client: Client): Promise<Others> {
  const { rows } = await client.query<{ name: string; since: string | null }>(
    `SELECT coalesce(nullif(application_name, ''), 'a session') || ' of ' || usename AS name,
            min(to_char(xact_start AT TIME ZONE 'UTC', 'HH24:MI')) AS since
       FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND application_name <> ALL ($1)
      GROUP BY 1 ORDER BY 1`,
    [[migrating, ourName]],
  )
  return {
    busy: rows.flatMap(({ name, since }) =>
      since === null ? [] : [`${name} (since ${since} UTC)`],
    ),
    idle: rows.flatMap(({ name, since }) => (since === null ? [name] : [])),
  }
}
