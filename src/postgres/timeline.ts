import type { Pool, PoolClient } from 'pg'
import type { IncidentId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { Instant } from '#domain/time.ts'
import { type Change, StaleSequence, type Timeline } from '#ports/store.ts'
import type { ChainKeys } from './chain.ts'
import type { Scrub } from './clean.ts'
import { lockStream, type Stream } from './timeline/lock.ts'
import { lookups } from './timeline/lookups.ts'
import { readHistory } from './timeline/read.ts'
import { writeChange, type Written } from './timeline/write.ts'
import { transaction } from './transaction.ts'

/**
 * The record of every incident in PostgreSQL. Each change is one transaction that locks the stream
 * first and reads the clock after the lock. Strings are scrubbed and made storable before they are hashed.
 */
export function timeline(pool: Pool, keys: ChainKeys, scrub: Scrub = (text) => text): Timeline {
  const write = async (client: PoolClient, incident: IncidentId, stream: Stream, change: Change) =>
    writeChange(client, { incident, stream, change, key: keys[0], scrub })

  return {
    ...lookups(pool),
    read: (incident) => readHistory(pool, incident),

    async append(incident, expectedSeq, change) {
      const { recorded } = await transaction(
        pool,
        async (client) => {
          const stream = await lockStream(client, incident, keys[0].id, expectedSeq === 0)
          if (stream?.seq !== expectedSeq) throw stale(incident, expectedSeq, stream?.seq ?? 0)
          const written = await write(client, incident, stream, change)
          return { result: written, write: written.write }
        },
        (client, written) => isWritten(client, incident, written),
      )
      return recorded
    },

    async decide<Answer>(
      incident: IncidentId,
      decide: (
        history: History,
        now: Instant,
      ) => { readonly change: Change | undefined; readonly answer: Answer },
    ) {
      const { answer } = await transaction(
        pool,
        async (client) => {
          const [stream, behind] = await Promise.all([
            lockStream(client, incident, keys[0].id, true),
            // Sent right behind the lock, so it sees what was written while that was waited for.
            readHistory(client, incident),
          ])
          if (!stream) throw stale(incident, 0, 0)
          // A rival may have opened the stream after all, between our looking for it and our opening it.
          const isWhole = behind.length === stream.seq
          const history = isWhole ? behind : await readHistory(client, incident)
          const { change, answer } = decide(history, stream.now)
          const written = change && (await write(client, incident, stream, change))
          if (!change && stream.created) await client.query('ROLLBACK AND CHAIN')
          return { result: { answer, written }, ...(written && { write: written.write }) }
        },
        async (client, { written }) => !written || isWritten(client, incident, written),
      )
      return answer
    },
  }
}

const stale = (incident: IncidentId, expected: number, found: number): StaleSequence =>
  new StaleSequence(`${incident} was expected to end at ${expected} and ends at ${found}`)

/**
 * Whether a change whose COMMIT was not answered took place: its last hash is there or not. The lock is waited
 * for first, because the server may still be at it.
 */
async function isWritten(
  client: PoolClient,
  incident: IncidentId,
  last: Written,
): Promise<boolean> {
  await client.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [incident])
  const { rowCount } = await client.query(
    `SELECT FROM timeline_events WHERE stream_id = $1 AND seq = $2 AND hash = decode($3, 'hex')`,
    [incident, last.seq, last.head],
  )
  return last.recorded.length > 0 && rowCount === 1
}
