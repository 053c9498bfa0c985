import type { Context } from './controllers/context.ts'
import { apiVersionOf, resourceOfKind } from './resources.ts'
import { replaceObject } from './write.ts'

/** Sets the weights of a VirtualService's first route, through the same rules as a request over HTTP. */
export function shipWeights(
  context: Context,
  namespace: string,
  name: string,
  weights: readonly number[],
): void {
  const resource = resourceOfKind('VirtualService')
  const found = context.store.get('VirtualService', namespace, name)
  if (resource === undefined || found === undefined)
    throw new Error(`there is no VirtualService ${name} in ${namespace}`)
  const [first, ...others] = structuredClone(found.spec.http ?? [])
  const route = (first?.route ?? []).map((one, at) => ({ ...one, weight: weights[at] ?? 0 }))
  replaceObject(context, {
    route: { resource, namespace, name, subresource: '' },
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: {
      ...structuredClone(found),
      apiVersion: apiVersionOf(resource),
      spec: { ...found.spec, http: [{ ...first, route }, ...others] },
    },
    manager: 'deploy-pipeline',
    user: 'deploy-pipeline',
  })
}
