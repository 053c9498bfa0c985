import { badRequest, tooOld } from './api-error.ts'
import type { Kind, KubeObject } from './objects.ts'
import { apiVersionOf } from './resources.ts'
import type { Route } from './route.ts'
import { fieldSelector, labelSelector, type Matches } from './selectors.ts'
import type { Store } from './store.ts'

/** A page of a collection at today's resource version. */
export function listObjects(store: Store, route: Route, query: URLSearchParams) {
  const { resource, namespace } = route
  const isWanted = wanted(query)
  const found = store
    .list<Kind>(resource.kind, namespace === '' ? undefined : namespace)
    .filter(isWanted)
    .map(withoutKind)
  const token = pageOf(store, query.get('continue'))
  const limit = Number(query.get('limit') ?? 0) || found.length
  const left = found.length - token.start - limit
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: {
      resourceVersion: String(token.version),
      ...(left > 0
        ? {
            continue: Buffer.from(`${token.version}/${token.start + limit}`).toString('base64url'),
            remainingItemCount: left,
          }
        : {}),
    },
    items: found.slice(token.start, token.start + limit),
  }
}

function pageOf(store: Store, token: string | null): { version: number; start: number } {
  if (token === null || token === '') return { version: store.version, start: 0 }
  const [version, start] = Buffer.from(token, 'base64url').toString().split('/').map(Number)
  if (!Number.isInteger(version) || !Number.isInteger(start))
    throw badRequest('continue key is not valid')
  const page = { version: version ?? 0, start: start ?? 0 }
  if (page.version < store.oldest) throw tooOld(page.version, store.oldest)
  return page
}

/** Items of a list say neither their kind nor their version. */
function withoutKind(object: KubeObject): Partial<KubeObject> {
  const { kind: _kind, apiVersion: _apiVersion, ...item } = object
  return item
}

/** The label and field selectors of a request as one question. */
export function wanted(query: URLSearchParams): Matches {
  const byLabel = labelSelector(query.get('labelSelector') ?? '')
  const byField = fieldSelector(query.get('fieldSelector') ?? '')
  return (object: KubeObject) => byLabel(object) && byField(object)
}
