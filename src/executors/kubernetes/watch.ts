import { z } from 'zod'
import type { Connection } from './connection.ts'
import { ApiFailure, asNotAllowed, noAnswer } from './failure.ts'

const WatchEvent = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.looseObject({
    code: z.number().optional(),
    message: z.string().optional(),
    metadata: z.looseObject({ resourceVersion: z.string().optional() }).optional(),
  }),
})
export type WatchEvent = z.infer<typeof WatchEvent>

/** The server ends a watch after this: so long at most, and a little, goes unnoticed what happens after it was cut without a word. */
export const watchSeconds = 10
/** A watch that has not ended by then hangs on a dead connection. */
export const watchTimeoutMs = (watchSeconds + 3) * 1_000

/** Events until the server ends the watch. Throws `ApiFailure` (410: list again), or `NoAnswer` where it has not ended after `timeoutMs`. */
export async function* watchEvents(
  connection: Connection,
  path: string,
  timeoutMs: number,
  signal: AbortSignal,
): AsyncIterable<WatchEvent> {
  const response = await connection.send('GET', path, { signal, timeoutMs })
  if (response.httpStatusCode >= 400) {
    const failure = new ApiFailure(
      response.httpStatusCode,
      await response.body.text(),
      response.headers['retry-after'],
    )
    throw asNotAllowed(failure) ?? failure
  }
  try {
    for await (const line of linesOf(response.body.stream())) {
      const event = WatchEvent.parse(JSON.parse(line))
      if (event.type === 'ERROR')
        throw new ApiFailure(event.object.code ?? 500, JSON.stringify(event.object), undefined)
      yield event
    }
  } catch (error) {
    signal.throwIfAborted()
    const isTold = error instanceof ApiFailure || error instanceof z.ZodError
    throw isTold ? error : noAnswer(connection.server, error)
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array> | null): AsyncIterable<string> {
  if (!stream) return
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line.trim() !== '')
  }
}
