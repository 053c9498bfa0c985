import type { Resource } from './resources.ts'

/** What a path of the API names, whether or not there is such a thing. */
export interface Named {
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Empty for all namespaces and for objects without one. */
  readonly namespace: string
  readonly name: string
  readonly subresource: string
}

export interface Route extends Pick<Named, 'namespace' | 'name' | 'subresource'> {
  readonly resource: Resource
}

/** `/apis/apps/v1/namespaces/production/deployments/checkout/scale` → its parts; `undefined` when it is no path of a resource. */
export function namedIn(path: string): Named | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const isCore = parts[0] === 'api'
  if (!isCore && parts[0] !== 'apis') return undefined
  const group = isCore ? '' : (parts[1] ?? '')
  const version = parts[isCore ? 1 : 2] ?? ''
  const rest = parts.slice(isCore ? 2 : 3)
  const [first = '', namespace = '', plural = '', name = '', subresource = '', ...more] = rest
  if (first === '' || more.length > 0) return undefined
  if (first === 'namespaces' && rest.length >= 3)
    return { group, version, plural, namespace, name, subresource }
  const [, ownName = '', ownSubresource = ''] = rest
  const own = { namespace: '', name: ownName, subresource: ownSubresource }
  return { group, version, plural: first, ...own }
}

/** `undefined` when nothing is served there. */
export function routeOf(
  served: readonly Resource[],
  { namespace, name, subresource, ...named }: Named,
): Route | undefined {
  const resource = served.find(
    ({ plural, group, version }) =>
      plural === named.plural && group === named.group && version === named.version,
  )
  return resource && { resource, namespace, name, subresource }
}

export function verbOf(method: string, route: Named, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
      if (route.name !== '') return 'get'
      return isTrue(query.get('watch')) ? 'watch' : 'list'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return route.name === '' ? 'deletecollection' : 'delete'
    default:
      return method.toLowerCase()
  }
}

export const isTrue = (value: string | null): boolean => value === 'true' || value === '1'
