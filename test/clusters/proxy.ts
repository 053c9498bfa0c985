import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFaults, type Fault } from '#sandbox/cluster/faults.ts'

export interface Upstream {
  readonly url: string
  readonly ca?: string
}

/** One request that came through. */
export interface Passed {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly contentType: string
  readonly body: unknown
  /** What the client was told; 0 when the connection was cut. */
  readonly status: number
  /** What the server answered to a change, whether or not the client learned of it. */
  readonly answer?: unknown
}

export type Proxy = Awaited<ReturnType<typeof troublesomeProxy>>

/** Stands before an API server on plain HTTP, keeps a record, and makes trouble when it is told to. */
export async function troublesomeProxy(upstream: Upstream) {
  const isSecure = upstream.url.startsWith('https:')
  const agent = isSecure
    ? new SecureAgent({ keepAlive: true, ...(upstream.ca ? { ca: upstream.ca } : {}) })
    : new Agent({ keepAlive: true })
  const faults = createFaults()
  const requests: Passed[] = []
  const server = createServer((incoming, response) => {
    pass(incoming, response).catch(() => incoming.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = incoming
    const { pathname: path, search: query } = new URL(incoming.url ?? '/', 'http://cluster')
    const fault = faults.take(method, `${path}${query}`)
    const text = await textOf(incoming)
    const seen = {
      method,
      path,
      query,
      contentType: (headers['content-type'] ?? '').split(';')[0] ?? '',
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    }
    // Gone on with when the client gives up, too: a late change still takes effect.
    if (fault?.delayMs !== undefined) await untilClosed(response, fault.delayMs)
    if (fault?.cut === 'before') {
      requests.push({ ...seen, status: 0 })
      return void incoming.socket.destroy()
    }
    if (fault?.status !== undefined) {
      requests.push({ ...seen, status: fault.status })
      return refuse(response, fault, fault.status)
    }
    const answered = await forward(method, `${path}${query}`, headers, text)
    const status = answered.statusCode ?? 0
    if (method === 'GET') {
      requests.push({ ...seen, status })
      response.writeHead(status, answered.headers)
      answered.on('error', () => response.destroy())
      response.on('close', () => answered.destroy())
      // A watch is open as soon as it is answered, whether or not something happened yet.
      response.flushHeaders()
      return void answered.pipe(response)
    }
    const answer = await textOf(answered)
    const isCut = fault?.cut === 'after'
    requests.push({ ...seen, status: isCut ? 0 : status, answer: parsed(answer) })
    if (isCut) return void incoming.socket.destroy()
    response.writeHead(status, { 'content-type': answered.headers['content-type'] ?? 'text/plain' })
    response.end(answer)
  }

  function forward(
    method: string,
    path: string,
    headers: IncomingMessage['headers'],
    body: string,
  ): Promise<IncomingMessage> {
    const { host: _host, connection: _connection, 'transfer-encoding': _, ...kept } = headers
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const send = isSecure ? secureRequest : request
      const sent = send(
        `${upstream.url}${path}`,
        { method, agent, headers: { ...kept, ...length } },
        resolve,
      )
      sent.once('error', reject)
      sent.end(body)
    })
  }

  const close = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
    agent.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    /** In the order of their answers. */
    requests: requests as readonly Passed[],
    forgetRequests: () => void requests.splice(0),
    /** Ends open watches, as a restarting API server does. */
    dropConnections: () => server.closeAllConnections(),
    close,
  }
}

function refuse(response: ServerResponse, fault: Fault, status: number): void {
  if (fault.retryAfterSeconds !== undefined)
    response.setHeader('retry-after', String(fault.retryAfterSeconds))
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: fault.message ?? `the server answered ${status}`,
      ...(fault.reason === undefined ? {} : { reason: fault.reason }),
      code: status,
    }),
  )
}

async function untilClosed(response: ServerResponse, ms: number): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  await sleep(ms, undefined, { signal: closed.signal }).catch(() => undefined)
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
