import { badRequest } from './api-error.ts'
import type { Context } from './controllers/context.ts'
import type { Deployment, StatefulSet } from './objects.ts'
import { asFields } from './fields.ts'
import { existing, patchObject, replaceObject, type WriteRequest } from './write.ts'

/** The `scale` subresource of Deployments, ReplicaSets and StatefulSets. */
export function readScale(context: Context, request: Pick<WriteRequest, 'route'>) {
  const { metadata, spec, status } = existing(context, request.route) as Deployment | StatefulSet
  const labels = Object.entries(spec.selector.matchLabels ?? {})
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      creationTimestamp: metadata.creationTimestamp,
    },
    spec: { replicas: spec.replicas },
    status: {
      replicas: status.replicas ?? 0,
      selector: labels.map(([name, value]) => `${name}=${value}`).join(','),
    },
  }
}

/** Takes `spec.replicas` and the preconditions of the body and nothing else. */
export function writeScale(context: Context, request: WriteRequest, method: string) {
  const route = { ...request.route, subresource: '' }
  if (method === 'PATCH' && Array.isArray(request.body)) patchObject(context, { ...request, route })
  else {
    const body = asFields(request.body)
    const spec = asFields(body['spec'])
    const metadata = asFields(body['metadata'])
    if (typeof spec['replicas'] !== 'number') throw badRequest('spec.replicas is missing')
    const current = existing(context, route) as Deployment
    replaceObject(context, {
      ...request,
      route,
      body: {
        ...current,
        metadata: { ...current.metadata, resourceVersion: metadata['resourceVersion'] },
        spec: { ...current.spec, replicas: spec['replicas'] },
      },
    })
  }
  return readScale(context, { route })
}
