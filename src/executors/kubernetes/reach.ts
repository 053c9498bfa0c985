import { z } from 'zod'
import type { Connection } from './connection.ts'
import { ApiFailure } from './failure.ts'

const Version = z.object({ gitVersion: z.string() })
const timeoutMs = 5_000

/** Whether a cluster answers, which version it has, and what its clock says, to the second. Throws the sentence that says why not. */
export async function reach(
  connection: Connection,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly clock: Date | undefined }> {
  const response = await connection.send('GET', '/version', { signal, timeoutMs })
  const body = await response.body.text()
  if (response.httpStatusCode >= 400) throw new ApiFailure(response.httpStatusCode, body, undefined)
  const clock = new Date(response.headers['date'] ?? '')
  return {
    version: Version.parse(JSON.parse(body)).gitVersion,
    clock: Number.isNaN(clock.getTime()) ? undefined : clock,
  }
}
