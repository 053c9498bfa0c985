import { canonicalJson } from '#domain/json.ts'
import { admit } from './admission.ts'
import { ApiError, badRequest, conflict, invalid, modified, notFound } from './api-error.ts'
import { markDeleted } from './controllers/pods-of.ts'
import type { Context } from './controllers/context.ts'
import { nameOf, withDefaults } from './defaults.ts'
import type { Fields, Kind, Kinds, KubeObject, Meta } from './objects.ts'
import { asFields, asText, isFields } from './fields.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts'
import { isTrue, type Route } from './route.ts'
import { rfc3339 } from './store.ts'

export interface WriteRequest {
  readonly route: Route
  readonly query: URLSearchParams
  readonly contentType: string
  readonly body: unknown
  /** Who writes, as `managedFields` names it. */
  readonly manager: string
  /** Who writes, as admission sees it. */
  readonly user: string
  readonly groups?: readonly string[]
}

export function createObject({ store }: Context, request: WriteRequest) {
  const { route, query, body, manager } = request
  const { resource, namespace } = route
  if (!isFields(body)) throw badRequest('the body is not an object')
  const metadata = asFields(body['metadata'])
  const draft = withDefaults(resource, {
    ...body,
    metadata: {
      ...metadata,
      name: nameOf(body),
      ...(resource.namespaced ? { namespace } : {}),
      managedFields: [managed(manager, rfc3339(store.now()))],
    },
  }) as unknown as Kinds[Kind]
  const after = draft as unknown as Fields
  admit(store, { ...writing(request), after, isDryRun: isTrue(dryRun(query)) })
  if (isTrue(dryRun(query))) return draft
  return store.create<Kind>(resource.kind, draft)
}

/** Who writes what where, as admission asks. */
const writing = ({ route: { resource, namespace }, user, groups = [] }: WriteRequest) => ({
  resource,
  namespace,
  user,
  groups,
})

const patchers: Readonly<Record<string, (document: Fields, patch: unknown) => Fields>> = {
  'application/json-patch+json': jsonPatch,
  'application/merge-patch+json': mergePatch,
  'application/strategic-merge-patch+json': strategicMergePatch,
}

export function patchObject(context: Context, request: WriteRequest): KubeObject {
  const patcher = patchers[request.contentType]
  if (patcher === undefined)
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(patchers).join(', ')}`,
    )
  const before = existing(context, request.route)
  const after = patcher(before as unknown as Fields, request.body)
  return update(context, request, before, after)
}

export function replaceObject(context: Context, request: WriteRequest): KubeObject {
  if (!isFields(request.body)) throw badRequest('the body is not an object')
  return update(context, request, existing(context, request.route), request.body)
}

export function existing({ store }: Context, { resource, namespace, name }: Route): KubeObject {
  const found = store.get(resource.kind, namespace, name)
  if (found === undefined) throw notFound(resource, name)
  return found
}

function update(
  { store }: Context,
  request: WriteRequest,
  before: KubeObject,
  after: Fields,
): KubeObject {
  const { route, query, manager } = request
  const { resource, name, subresource } = route
  const asked = after['metadata']
  if (!isFields(asked)) throw badRequest('metadata is missing')
  const version = asked['resourceVersion']
  if (version !== undefined && version !== '' && version !== before.metadata.resourceVersion)
    throw modified(resource, name)
  if (asked['uid'] !== undefined && asked['uid'] !== before.metadata.uid)
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${asText(asked['uid'])}, UID in object meta: ${before.metadata.uid}`,
    )
  if (asked['name'] !== undefined && asked['name'] !== name)
    throw invalid(resource, name, 'metadata.name', 'Invalid value: field is immutable')
  const isStatus = subresource === 'status'
  const old = before as unknown as Fields
  const next = isStatus
    ? { ...old, status: after['status'] }
    : withDefaults(resource, {
        ...after,
        apiVersion: before.apiVersion,
        kind: before.kind,
        ...('status' in old && resource.kind !== 'HorizontalPodAutoscaler'
          ? { status: old['status'] }
          : {}),
      })
  if (changes(selectorOf(old), selectorOf(next)))
    throw invalid(resource, name, 'spec.selector', 'Invalid value: field is immutable')
  admit(store, {
    ...writing(request),
    before: old,
    after: next,
    isDryRun: isTrue(dryRun(query)),
  })
  const metadata: Meta = { ...(asked as unknown as Meta), ...kept(before.metadata) }
  const isNewGeneration =
    !isStatus &&
    (changes(old['spec'], next['spec']) ||
      // The Deployment strategy of the API server counts annotations too: they are copied to ReplicaSets.
      (resource.kind === 'Deployment' &&
        changes(before.metadata.annotations ?? {}, metadata.annotations ?? {})))
  if (isNewGeneration && before.metadata.generation !== undefined)
    metadata.generation = before.metadata.generation + 1
  if (isNewGeneration) metadata.managedFields = claimed(metadata, manager, rfc3339(store.now()))
  const result = { ...next, metadata } as unknown as Kinds[Kind]
  return isTrue(dryRun(query)) ? result : store.put<Kind>(resource.kind, result)
}

/** What no write can change. */
const kept = ({ name, namespace, uid, resourceVersion, creationTimestamp, generation }: Meta) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid,
  resourceVersion,
  creationTimestamp,
  ...(generation === undefined ? {} : { generation }),
})

const selectorOf = (object: Fields): unknown =>
  isFields(object['spec']) && isFields(object['spec']['selector'])
    ? object['spec']['selector']['matchLabels']
    : undefined

const changes = (before: unknown, after: unknown): boolean =>
  canonicalJson(before) !== canonicalJson(after)

function claimed(metadata: Meta, manager: string, time: string): Fields[] {
  const others = (metadata.managedFields ?? []).filter((entry) => entry['manager'] !== manager)
  return [...others, managed(manager, time)]
}

const managed = (manager: string, time: string): Fields => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'f:template': {} } },
})

function dryRun(query: URLSearchParams): string | null {
  const value = query.get('dryRun')
  if (value !== null && value !== 'All')
    throw badRequest(`invalid dryRun value: ${value}, only "All" is known`)
  return value === 'All' ? 'true' : null
}

/** Deletes with its preconditions checked; a pod gets its grace, everything else goes at once. */
export function deleteObject(context: Context, request: WriteRequest): KubeObject {
  const { route, query, body } = request
  const { resource, name } = route
  const object = existing(context, route)
  const options = asFields(body)
  const preconditions = asFields(options['preconditions'])
  for (const field of ['uid', 'resourceVersion'] as const) {
    const wanted = preconditions[field]
    if (wanted !== undefined && wanted !== object.metadata[field])
      throw conflict(
        resource,
        name,
        `Precondition failed: ${field} in precondition: ${asText(wanted)}, ${field} in object meta: ${object.metadata[field]}`,
      )
  }
  const isDry = isTrue(dryRun(query)) || JSON.stringify(options['dryRun']) === '["All"]'
  const before = object as unknown as Fields
  admit(context.store, { ...writing(request), before, isDryRun: isDry })
  if (isDry) return object
  const grace = options['gracePeriodSeconds'] ?? query.get('gracePeriodSeconds')
  if (object.kind === 'Pod') {
    const pod = object as Kinds['Pod']
    const asked = Number(grace ?? pod.spec.terminationGracePeriodSeconds ?? 30)
    markDeleted(context, pod, asked)
  } else context.store.remove(resource.kind, object.metadata)
  return context.store.get(resource.kind, route.namespace, name) ?? object
}
