import type { Client } from 'pg'
import { oneConnection } from '#postgres/pools.ts'

/** One connection for as long as `act` takes. */
export async function inSession<Value>(
  url: string,
  act: (client: Client) => Promise<Value>,
): Promise<Value> {
  const client = oneConnection({ connectionString: url })
  await client.connect()
  try {
    return await act(client)
  } finally {
    await client.end()
  }
}
