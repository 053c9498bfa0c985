import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account } from './access.ts'
import { ApiError, NoSuchPath, statusOf } from './api-error.ts'
import type { Faults } from './faults.ts'
import { delay, parse, readBody, reasonOf, send } from './http.ts'
import { type Answering, respond } from './respond.ts'

/** One answered request, for transcripts. `status` is 0 when the connection was cut. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly contentType: string
  readonly body: unknown
  readonly status: number
  readonly at: Date
  /** Whoever's token it bore. */
  readonly account: Account | undefined
}

interface Parts extends Answering {
  readonly faults: Faults
  readonly tokens: Readonly<Record<Account, string>>
  readonly received: (request: Received) => void
}

/** The API server's HTTP side: bearer token, JSON, refusals as Status objects. */
export async function serveCluster(parts: Parts, port: number) {
  const server = createServer((request, response) => {
    handle(parts, request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.keepAliveTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Ends open watches as a restarting API server does. */
    dropConnections: () => server.closeAllConnections(),
    async close(): Promise<void> {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function handle(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET'
  const {
    pathname: path,
    searchParams: query,
    search,
  } = new URL(request.url ?? '/', 'http://cluster')
  const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? ''
  let body: unknown
  let account: Account | undefined
  const log = (status: number) =>
    parts.received({
      method,
      path,
      query: search,
      contentType,
      body,
      status,
      at: parts.context.now(),
      account,
    })
  const fault = parts.faults.take(method, `${path}${search}`)
  try {
    body = parse(await readBody(request))
    if (fault?.delayMs !== undefined) await delay(fault.delayMs, response)
    if (fault?.cut === 'before') {
      log(0)
      return void request.socket.destroy()
    }
    if (fault?.status !== undefined) {
      if (fault.retryAfterSeconds !== undefined)
        response.setHeader('retry-after', String(fault.retryAfterSeconds))
      throw new ApiError(
        fault.status,
        fault.reason ?? reasonOf(fault.status),
        fault.message ?? `the server answered ${fault.status}`,
      )
    }
    account = accountOf(parts.tokens, request)
    const answer = respond(parts, account, method, path, query, {
      contentType,
      body,
      manager: query.get('fieldManager') ?? managerOf(request),
      ...(account === 'admin' ? impersonated(request) : {}),
      response,
    })
    if (fault?.cut === 'after') {
      log(0)
      return void request.socket.destroy()
    }
    if (answer === undefined) return log(200)
    log(answer.status)
    const isText = typeof answer.body === 'string'
    send(response, answer.status, isText ? 'text/plain' : 'application/json', answer.body)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    log(error.code)
    if (error instanceof NoSuchPath) send(response, error.code, 'text/plain', error.message)
    else send(response, error.code, 'application/json', statusOf(error))
  }
}

function accountOf(tokens: Parts['tokens'], request: IncomingMessage): Account {
  const { authorization } = request.headers
  if (authorization === `Bearer ${tokens.countermand}`) return 'countermand'
  if (authorization === `Bearer ${tokens.admin}`) return 'admin'
  throw new ApiError(401, 'Unauthorized', 'Unauthorized', null)
}

/** As `kubectl --as jane --as-group team`. Whose rights those are is not imitated: they stay the administrator's. */
function impersonated({ headers, headersDistinct }: IncomingMessage) {
  const user = headers['impersonate-user']
  return typeof user === 'string'
    ? { user, groups: groupsOf(headersDistinct['impersonate-group']) }
    : {}
}

/** One header a group; `fetch` makes one of them all. */
const groupsOf = (sent: readonly string[] = []): readonly string[] =>
  sent.flatMap((groups) => groups.split(', '))

/** The first word of the user agent, as the real server names an unnamed writer. */
const managerOf = (request: IncomingMessage): string =>
  (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'
