import { createServer, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Client } from '../../test/control-plane/client.ts'

export interface Call {
  readonly kind: 'read' | 'watch' | 'write' | 'dry run'
  readonly method: string
  readonly path: string
  /** Epoch milliseconds. */
  readonly at: number
}

/**
 * Stands before an API server on plain HTTP, so that both ways go the same way and can be counted. It brings
 * the token itself: kubectl tells no secret to a server without TLS.
 */
export async function countingProxy({ upstream }: Client, token: string) {
  const agent = new Agent({ keepAlive: true, ...(upstream.ca ? { ca: upstream.ca } : {}) })
  const calls: Call[] = []
  const server = createServer((incoming, response) => {
    const { method = 'GET', url = '/', headers } = incoming
    calls.push({ kind: kindOf(method, url), method, path: url, at: Date.now() })
    const { host: _host, connection: _connection, ...kept } = headers
    const sent = request(`${upstream.url}${url}`, {
      method,
      agent,
      headers: { ...kept, authorization: `Bearer ${token}` },
    })
    sent.on('response', (answered: IncomingMessage) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers)
      response.flushHeaders()
      answered.on('error', () => response.destroy())
      answered.pipe(response)
    })
    sent.on('error', () => response.destroy())
    response.on('close', () => sent.destroy())
    incoming.pipe(sent)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Oldest first. */
    calls: calls as readonly Call[],
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      agent.destroy()
    },
  }
}

function kindOf(method: string, url: string): Call['kind'] {
  if (method === 'GET') return /[?&]watch=(?:true|1)/.test(url) ? 'watch' : 'read'
  return url.includes('dryRun=All') ? 'dry run' : 'write'
}
