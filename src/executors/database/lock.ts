import { inDatabase } from './connection.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { NoAnswer } from './failure.ts'
import type { DatabaseTarget } from './schema.ts'

/** Held while a schema is moved, so that no other process of ours moves it too. */
const lockKey = 8_144_021

/** Held while somebody's own command runs, by what keeps its session (keeper.ts). */
export const runKey = 8_144_022

type Client = Parameters<Parameters<typeof inDatabase>[2]>[0]

/**
 * Moves nothing while another process does; the lock ends with the session, whatever becomes of us. Work that is handed to `hold`
 * keeps it until it has ended, though `act` may have given up waiting.
 */
export async function locked<Value>(
  parts: DatabaseParts,
  target: DatabaseTarget,
  act: (client: Client, hold: (work: Promise<unknown>) => void) => Promise<Value>,
): Promise<Value | undefined> {
  let held: Promise<unknown> | undefined
  const hold = (work: Promise<unknown>): void => {
    held = work
    const free = () => {
      if (held === work) held = undefined
    }
    work.then(free, free)
  }
  return inDatabase(
    parts,
    target,
    async (client) => {
      const { rows } = await client.query<{ got: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS got',
        [lockKey],
      )
      if (rows[0]?.got !== true)
        throw new NoAnswer(`another process is migrating ${nameOf(target)} right now`)
      return act(client, hold)
    },
    () => held,
  )
}
