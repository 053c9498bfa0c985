import { isSameJson } from '#domain/json.ts'
import { admit } from './admission.ts'
import {
  ApiError,
  badOption,
  badRequest,
  type Cause,
  invalid,
  modified,
  notFound,
} from './api-error.ts'
import type { Context } from './controllers/context.ts'
import { nameOf, templateProblems, withDefaults } from './defaults.ts'
import type { Fields, Kind, Kinds, KubeObject, Meta } from './objects.ts'
import { asFields, asText, isFields } from './fields.ts'
import { jsonPatch, mergePatch, strategicMergePatch } from './patch.ts'
import type { Route } from './route.ts'
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
  const problems = templateProblems(resource, body)
  if (problems.length > 0) throw invalid(resource, nameOf(body), problems)
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
  admit(store, { ...writing(request), after, isDryRun: isDry(query, 'CreateOptions') })
  if (isDry(query, 'CreateOptions')) return draft
  return store.create<Kind>(resource.kind, draft)
}

/** Of these the status is no resource of its own: whoever writes the object writes it, too. */
const writtenWhole: readonly Kind[] = ['HorizontalPodAutoscaler', 'Application']

/** Who writes what where, as admission asks. */
export const writing = ({ route: { resource, namespace }, user, groups = [] }: WriteRequest) => ({
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
  // Of a custom resource nobody knows by which keys its lists are merged.
  const isUnknown = patcher === strategicMergePatch && request.route.resource.addOn !== undefined
  if (patcher === undefined || isUnknown)
    throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type')
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
  if (asked['name'] !== undefined && asked['name'] !== name)
    throw badRequest(
      `the name of the object (${asText(asked['name'])}) does not match the name on the URL (${name})`,
    )
  const isStatus = subresource === 'status'
  const old = before as unknown as Fields
  const next = isStatus
    ? { ...old, status: after['status'] }
    : withDefaults(resource, {
        ...after,
        apiVersion: before.apiVersion,
        kind: before.kind,
        ...('status' in old && !writtenWhole.includes(resource.kind)
          ? { status: old['status'] }
          : {}),
      })
  const problems = [
    ...(isStatus ? [] : templateProblems(resource, next)),
    ...immutableProblems(before, asked, next),
  ]
  if (problems.length > 0) throw invalid(resource, name, problems)
  admit(store, {
    ...writing(request),
    before: old,
    after: next,
    isDryRun: isDry(query, 'PatchOptions'),
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
  if (isNewGeneration)
    metadata.managedFields = claimed(metadata, manager, rfc3339(store.now()), writtenFields(next))
  const result = { ...next, metadata } as unknown as Kinds[Kind]
  return isDry(query, 'PatchOptions') ? result : store.put<Kind>(resource.kind, result)
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

/** What a write may not change, and would. */
function immutableProblems(before: KubeObject, asked: Fields, next: Fields): readonly Cause[] {
  const immutable = (field: string, value: unknown) => ({
    field,
    why: `Invalid value: ${JSON.stringify(value)}: field is immutable`,
  })
  const uid = asked['uid']
  const isOther = uid !== undefined && uid !== before.metadata.uid
  return [
    ...(isOther ? [immutable('metadata.uid', uid)] : []),
    ...(changes(selectorOf(before as unknown as Fields), selectorOf(next))
      ? [immutable('spec.selector', asFields(next['spec'])['selector'])]
      : []),
  ]
}

const selectorOf = (object: Fields): unknown =>
  isFields(object['spec']) && isFields(object['spec']['selector'])
    ? object['spec']['selector']['matchLabels']
    : undefined

const changes = (before: unknown, after: unknown): boolean => !isSameJson(before, after)

/** What is told apart of a write: what a Service selects, whether an Application syncs by itself, of anything else a template. */
function writtenFields({ kind, spec }: Fields): Fields {
  if (kind === 'Service') return { 'f:selector': {} }
  if (kind !== 'Application') return { 'f:template': {} }
  const { automated } = asFields(asFields(spec)['syncPolicy'])
  return isFields(automated) ? { 'f:syncPolicy': { 'f:automated': {} } } : { 'f:syncPolicy': {} }
}

/** Of whoever wrote them last alone. */
const wholeValues = ['f:selector', 'f:syncPolicy']

function claimed(metadata: Meta, manager: string, time: string, written: Fields): Fields[] {
  const others = (metadata.managedFields ?? []).filter(
    (entry) => entry['manager'] !== manager && !wholeValues.some((value) => value in written),
  )
  return [...others, managed(manager, time, written)]
}

const managed = (
  manager: string,
  time: string,
  written: Fields = { 'f:template': {} },
): Fields => ({
  manager,
  operation: 'Update',
  apiVersion: 'apps/v1',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': written },
})

/** Whether nothing is to be stored. */
export function isDry(query: URLSearchParams, of: string): boolean {
  const value = query.get('dryRun')
  if (value === null || value === 'All') return value === 'All'
  throw badOption(of, {
    field: 'dryRun',
    why: `Unsupported value: ["${value}"]: supported values: "All"`,
  })
}
