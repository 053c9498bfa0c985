import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface PretendPrometheus {
  readonly url: string
  /** In the order in which it was asked. */
  readonly asked: readonly { readonly path: string; readonly form: URLSearchParams }[]
  close(): Promise<void>
}

/** Answers every question with 200 and what it is told to say. */
export async function pretendPrometheus(
  answerTo: (form: URLSearchParams) => unknown,
): Promise<PretendPrometheus> {
  const asked: { path: string; form: URLSearchParams }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const form = new URLSearchParams(body)
      asked.push({ path: request.url ?? '', form })
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answerTo(form)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
