import { createServer, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'

/**
 * Between Flagger and the API server: tells when Flagger has ended a look at a namespace, which it says nowhere. `GET /looks/<namespace>`:
 * how many looks have begun, and for how long it has asked nothing more.
 */
export async function listenIn(upstream: {
  readonly url: string
  readonly ca: string
  readonly adminToken: string
}) {
  const seen = new Map<string, { looks: number; open: number; at: number }>()
  const agent = new Agent({ keepAlive: true, ca: upstream.ca })
  const to = new URL(upstream.url)
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? '/'
    const asked = /^\/looks\/(.+)$/.exec(path)?.[1]
    if (asked !== undefined) {
      const { looks = 0, open = 0, at = 0 } = seen.get(asked) ?? {}
      const quietMs = open > 0 ? 0 : performance.now() - at
      answer.end(JSON.stringify({ looks, quietMs }))
      return
    }
    const ended = noted(seen, incoming)
    answer.on('close', ended)
    const outgoing = request(
      {
        host: to.hostname,
        port: to.port,
        path,
        method: incoming.method,
        // Its client sends no token where nothing is encrypted.
        headers: { ...incoming.headers, authorization: `Bearer ${upstream.adminToken}` },
        agent,
      },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
      agent.destroy()
    },
  }
}

type Seen = Map<string, { looks: number; open: number; at: number }>

function noted(seen: Seen, { url = '', method }: IncomingMessage): () => void {
  const namespace = /\/namespaces\/([^/?]+)/.exec(url)?.[1]
  if (namespace === undefined || url.includes('watch=')) return () => undefined
  const one = seen.get(namespace) ?? { looks: 0, open: 0, at: 0 }
  seen.set(namespace, one)
  // Each look begins with the Canary.
  if (method === 'GET' && /\/canaries\/[^/]+$/.test(url)) one.looks += 1
  one.open += 1
  return () => {
    one.open -= 1
    one.at = performance.now()
  }
}
