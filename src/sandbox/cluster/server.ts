import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Access, type Account, reviewAccess } from './access.ts'
import { ApiError, badRequest, forbidden, noSuchPath, statusOf } from './api-error.ts'
import type { Context } from './controllers/context.ts'
import { discovery } from './discovery.ts'
import type { Faults } from './faults.ts'
import { listObjects } from './list.ts'
import { readLog } from './logs-endpoint.ts'
import type { Logs } from './pod-logs.ts'
import { routeOf, verbOf } from './route.ts'
import { readScale, writeScale } from './scale.ts'
import { watchObjects } from './watch.ts'
import {
  createObject,
  deleteObject,
  existing,
  patchObject,
  replaceObject,
  type WriteRequest,
} from './write.ts'

/** One answered request, for transcripts. `status` is 0 when the connection was cut. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly contentType: string
  readonly body: unknown
  readonly status: number
  readonly at: Date
}

interface Parts {
  readonly context: Context
  readonly logs: Logs
  readonly faults: Faults
  readonly access: Access
  readonly tokens: Readonly<Record<Account, string>>
  readonly received: (request: Received) => void
}

const largestBody = 3 * 1024 * 1024

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
  const log = (status: number) =>
    parts.received({
      method,
      path,
      query: search,
      contentType,
      body,
      status,
      at: parts.context.now(),
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
    const account = accountOf(parts.tokens, request)
    const answer = respond(parts, account, method, path, query, {
      contentType,
      body,
      manager: query.get('fieldManager') ?? managerOf(request),
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
    send(response, error.code, 'application/json', statusOf(error))
  }
}

interface Asked {
  readonly contentType: string
  readonly body: unknown
  readonly manager: string
  readonly response: ServerResponse
}

/** The answer, or `undefined` when the response is a stream that has begun. */
function respond(
  { context, logs, access }: Parts,
  account: Account,
  method: string,
  path: string,
  query: URLSearchParams,
  asked: Asked,
): { status: number; body: unknown } | undefined {
  const described = method === 'GET' ? discovery(path) : undefined
  if (described !== undefined) return { status: 200, body: described }
  if (path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' && method === 'POST')
    return { status: 201, body: reviewAccess(access, account, asked.body) }
  const route = routeOf(path)
  if (route === undefined) throw noSuchPath()
  const verb = verbOf(method, route, query)
  const { resource, subresource, namespace, name } = route
  if (!access.isAllowed(account, verb, resource.plural, subresource))
    throw forbidden(access.userOf(account), verb, resource, namespace, name)
  const write: WriteRequest = { route, query, user: access.userOf(account), ...asked }
  switch (`${verb} ${subresource}`.trim()) {
    case 'list':
      return { status: 200, body: listObjects(context.store, route, query) }
    case 'watch':
      watchObjects(context.store, route, query, asked.response)
      return undefined
    case 'get':
    case 'get status':
      return { status: 200, body: existing(context, route) }
    case 'get log':
      return { status: 200, body: readLog(context, logs, route, query) }
    case 'get scale':
      return { status: 200, body: readScale(context, write) }
    case 'patch scale':
    case 'update scale':
      return { status: 200, body: writeScale(context, write, method) }
    case 'create':
      return { status: 201, body: createObject(context, write) }
    case 'patch':
    case 'patch status':
      return { status: 200, body: patchObject(context, write) }
    case 'update':
    case 'update status':
      return { status: 200, body: replaceObject(context, write) }
    case 'delete':
      return { status: 200, body: deleteObject(context, write) }
    default:
      throw new ApiError(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      )
  }
}

function accountOf(tokens: Parts['tokens'], request: IncomingMessage): Account {
  const { authorization } = request.headers
  if (authorization === `Bearer ${tokens.countermand}`) return 'countermand'
  if (authorization === `Bearer ${tokens.admin}`) return 'admin'
  throw new ApiError(401, 'Unauthorized', 'Unauthorized')
}

/** The first word of the user agent, as the real server names an unnamed writer. */
const managerOf = (request: IncomingMessage): string =>
  (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = chunk as Buffer
    size += bytes.length
    if (size > largestBody)
      throw new ApiError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728')
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw Object.assign(badRequest('the body is not JSON'), { cause })
  }
}

const delay = (ms: number, response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })

function send(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, { 'content-type': type })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

const reasons: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}
const reasonOf = (status: number): string => reasons[status] ?? 'Unknown'
