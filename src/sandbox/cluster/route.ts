import { type Resource, resources } from './resources.ts'

/** What a path of the API names. */
export interface Route {
  readonly resource: Resource
  /** Empty for all namespaces and for objects without one. */
  readonly namespace: string
  readonly name: string
  readonly subresource: string
}

/** `/apis/apps/v1/namespaces/production/deployments/checkout/scale` → its parts; `undefined` when nothing is served there. */
export function routeOf(path: string): Route | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent)
  const isCore = parts[0] === 'api'
  if (!isCore && parts[0] !== 'apis') return undefined
  const group = isCore ? '' : (parts[1] ?? '')
  const version = parts[isCore ? 1 : 2]
  const rest = parts.slice(isCore ? 2 : 3)
  const find = (plural: string | undefined) =>
    resources.find((one) => one.plural === plural && one.group === group && one.version === version)
  const [first, namespace = '', plural, name = '', subresource = '', ...more] = rest
  if (more.length > 0) return undefined
  if (first !== 'namespaces' || rest.length < 3) {
    const resource = find(first)
    return resource && { resource, namespace: '', name: rest[1] ?? '', subresource: rest[2] ?? '' }
  }
  const resource = find(plural)
  return resource && { resource, namespace, name, subresource }
}

export function verbOf(method: string, route: Route, query: URLSearchParams): string {
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
