import { admit } from './admission.ts'
import { preconditionFailed } from './api-error.ts'
import type { Context } from './controllers/context.ts'
import { markDeleted } from './controllers/pods-of.ts'
import { asFields, asText } from './fields.ts'
import { listObjects } from './list.ts'
import type { Fields, Kind, Kinds, KubeObject } from './objects.ts'
import { existing, isDry, type WriteRequest, writing } from './write.ts'

/** Deletes with its preconditions checked. A pod gets its grace and is shown as it is now; of everything else, gone at once, a Status is left. */
export function deleteObject(context: Context, request: WriteRequest): unknown {
  const { route, query, body } = request
  const { resource, name } = route
  const object = existing(context, route)
  const options = asFields(body)
  checkPreconditions(request, object)
  const isDryRun = isDry(query, 'DeleteOptions') || JSON.stringify(options['dryRun']) === '["All"]'
  const before = object as unknown as Fields
  admit(context.store, { ...writing(request), before, isDryRun })
  if (!isDryRun)
    remove(context, object, options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds'))
  if (object.kind === 'Pod') return context.store.get('Pod', route.namespace, name) ?? object
  const { group, plural } = resource
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name,
      ...(group === '' ? {} : { group }),
      kind: plural,
      uid: object.metadata.uid,
    },
  }
}

/** Deletes what the selectors of the request name, and answers with it. */
export function deleteCollection(context: Context, request: WriteRequest): unknown {
  const { route, query } = request
  const list = listObjects(context.store, route, query)
  for (const { metadata } of list.items)
    if (metadata) deleteObject(context, { ...request, route: { ...route, name: metadata.name } })
  return list
}

function checkPreconditions({ route, body }: WriteRequest, { metadata }: KubeObject): void {
  const preconditions = asFields(asFields(body)['preconditions'])
  for (const [field, word] of [
    ['uid', 'UID'],
    ['resourceVersion', 'ResourceVersion'],
  ] as const) {
    const wanted = preconditions[field]
    if (wanted !== undefined && wanted !== metadata[field])
      throw preconditionFailed(
        route.resource,
        route.name,
        `${word} in the precondition (${asText(wanted)}) does not match the ${word} in record (${metadata[field]})`,
      )
  }
}

function remove(context: Context, object: KubeObject, grace: unknown): void {
  if (object.kind !== 'Pod') return context.store.remove(object.kind as Kind, object.metadata)
  const pod = object as Kinds['Pod']
  markDeleted(context, pod, Number(grace ?? pod.spec.terminationGracePeriodSeconds ?? 30))
}
