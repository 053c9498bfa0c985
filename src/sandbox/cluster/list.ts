import { badRequest, tooOld } from './api-error.ts'
import type { Kind, KubeObject } from './objects.ts'
import { apiVersionOf } from './resources.ts'
import type { Route } from './route.ts'
import { fieldSelector, labelSelector, type Matches } from './selectors.ts'
import type { Store } from './store.ts'

/** A page of a collection; the pages after the first show what that one would have shown. */
export function listObjects(store: Store, route: Route, query: URLSearchParams) {
  const { resource, namespace } = route
  const token = pageOf(store, query.get('continue'))
  const found = listedAt(store, resource.kind, token.version)
    .filter(({ metadata }) => namespace === '' || metadata.namespace === namespace)
    .filter(wanted(query))
    .map(withoutKind)
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
            // Nobody counts what a selector would leave out.
            ...(isSelective(query) ? {} : { remainingItemCount: left }),
          }
        : {}),
    },
    items: found.slice(token.start, token.start + limit),
  }
}

const isSelective = (query: URLSearchParams): boolean =>
  Boolean(query.get('labelSelector') ?? query.get('fieldSelector'))

/** In the order of their names, as they were at that version. */
function listedAt(store: Store, kind: Kind, version: number): readonly KubeObject[] {
  const then = new Map<string, KubeObject>(
    store.list(kind).map((object) => [object.metadata.uid, object]),
  )
  for (const change of (store.since(version) ?? []).toReversed()) {
    if (change.kind !== kind) continue
    const { uid } = change.object.metadata
    if (change.before === undefined) then.delete(uid)
    else then.set(uid, change.before)
  }
  return [...then.values()].toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))
}

const placeOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

function pageOf(store: Store, token: string | null): { version: number; start: number } {
  if (token === null || token === '') return { version: store.version, start: 0 }
  const stranger = token.search(/[^\w-]/)
  if (stranger >= 0) throw badToken(`illegal base64 data at input byte ${stranger}`)
  const [version, start] = Buffer.from(token, 'base64url').toString().split('/').map(Number)
  if (!Number.isInteger(version) || !Number.isInteger(start))
    throw badToken('it is no token of this server')
  const page = { version: version ?? 0, start: start ?? 0 }
  if (page.version < store.oldest) throw tooOld(page.version, store.oldest)
  return page
}

const badToken = (why: string) =>
  badRequest(`invalid continue token: continue key is not valid: ${why}`)

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
