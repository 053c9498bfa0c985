import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Flagger waits no longer than ten seconds. */
const answerMs = 5_000

/** Where Flagger asks, passed on to the next process that answers. Whoever is gone or frozen by then is a no, as for any load balancer. */
export async function startFrontDoor(next: () => string) {
  const server = createServer((request, response) => {
    void passedOn(request, next())
      .catch(() => 502)
      .then((status) => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    /** With the secret as the password of basic authentication. */
    addressWith: (secret: string) => `http://flagger:${secret}@127.0.0.1:${port}`,
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function passedOn(request: IncomingMessage, to: string): Promise<number> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { authorization = '' } = request.headers
  const { status } = await fetch(new URL(request.url ?? '/', to), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: Buffer.concat(chunks),
    signal: AbortSignal.timeout(answerMs),
  })
  return status
}
