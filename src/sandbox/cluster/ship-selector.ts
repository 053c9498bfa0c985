import type { Context } from './controllers/context.ts'
import type { Labels } from './objects.ts'
import { apiVersionOf, resourceOfKind } from './resources.ts'
import { replaceObject } from './write.ts'

/** Sends the requests of a Service to other pods, through the same rules as a request over HTTP. */
export function shipSelector(
  context: Context,
  namespace: string,
  name: string,
  selector: Labels,
): void {
  const resource = resourceOfKind('Service')
  const found = context.store.get('Service', namespace, name)
  if (resource === undefined || found === undefined)
    throw new Error(`there is no Service ${name} in ${namespace}`)
  replaceObject(context, {
    route: { resource, namespace, name, subresource: '' },
    query: new URLSearchParams(),
    contentType: 'application/json',
    body: {
      ...structuredClone(found),
      apiVersion: apiVersionOf(resource),
      spec: { ...structuredClone(found.spec), selector },
    },
    manager: 'deploy-pipeline',
    user: 'deploy-pipeline',
  })
}
