import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands before an HTTP server and answers some paths itself, for what that server does not have; all else passes through. */
export async function answeringProxy(
  server: string,
  answers: Readonly<Record<string, unknown>>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const proxy = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', server)
    const answer = answers[url.pathname]
    if (answer !== undefined) {
      response.end(JSON.stringify(answer))
      return
    }
    const { method, headers } = incoming
    const onward = request(url, { method, headers }, (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async close() {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    },
  }
}
