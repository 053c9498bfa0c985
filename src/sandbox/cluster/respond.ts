import type { ServerResponse } from 'node:http'
import { type Access, type Account, reviewAccess } from './access.ts'
import { ApiError, forbidden, NoSuchPath } from './api-error.ts'
import type { Context } from './controllers/context.ts'
import { discovery } from './discovery.ts'
import { listObjects } from './list.ts'
import { readLog } from './logs-endpoint.ts'
import type { Logs } from './pod-logs.ts'
import type { Resource } from './resources.ts'
import { namedIn, routeOf, verbOf } from './route.ts'
import { readScale, writeScale } from './scale.ts'
import { deleteCollection, deleteObject } from './delete.ts'
import { watchObjects } from './watch.ts'
import { createObject, existing, patchObject, replaceObject, type WriteRequest } from './write.ts'

export interface Answering {
  readonly context: Context
  readonly logs: Logs
  readonly access: Access
  readonly served: readonly Resource[]
}

interface Asked {
  readonly contentType: string
  readonly body: unknown
  readonly manager: string
  readonly user?: string
  readonly groups?: readonly string[]
  readonly response: ServerResponse
}

/** The answer, or `undefined` when the response is a stream that has begun. */
export function respond(
  { context, logs, access, served }: Answering,
  account: Account,
  method: string,
  path: string,
  query: URLSearchParams,
  asked: Asked,
): { status: number; body: unknown } | undefined {
  const described = method === 'GET' ? discovery(served, path) : undefined
  if (described !== undefined) return { status: 200, body: described }
  if (path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' && method === 'POST')
    return { status: 201, body: reviewAccess(access, account, asked.body) }
  const named = namedIn(path)
  if (named === undefined) throw new NoSuchPath()
  const verb = verbOf(method, named, query)
  // As on the real server: who has no right to a thing is not even told whether it exists.
  const isNamespace = named.plural === 'namespaces'
  const namespace = isNamespace ? named.name : named.namespace
  const name = named.name || selectedName(query)
  if (!access.isAllowed(account, { ...named, verb, namespace, name }))
    throw forbidden(access.userOf(account), verb, named)
  const route = routeOf(served, named)
  if (route === undefined) throw new NoSuchPath()
  const { subresource } = route
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
    case 'deletecollection':
      return { status: 200, body: deleteCollection(context, write) }
    default:
      throw new ApiError(
        405,
        'MethodNotAllowed',
        'the server does not allow this method on the requested resource',
      )
  }
}

/** A list or watch of one object by its name needs the right to that object only. */
const selectedName = (query: URLSearchParams): string =>
  /^metadata\.name=([^,]+)$/.exec(query.get('fieldSelector') ?? '')?.[1] ?? ''
