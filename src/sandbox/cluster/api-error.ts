import { type Resource, qualifiedName } from './resources.ts'
import type { Named } from './route.ts'

/** A refusal of the API server, answered as a `Status` object. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  /** A Status carries them even when there are none, but for 400, 410 and 500. */
  readonly details: Readonly<Record<string, unknown>> | null
  constructor(
    code: number,
    reason: string,
    message: string,
    details: Readonly<Record<string, unknown>> | null = {},
  ) {
    super(message)
    this.code = code
    this.reason = reason
    this.details = details
  }
}

export function statusOf({ code, reason, message, details }: ApiError) {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === null ? {} : { details }),
    code,
  }
}

const named = (resource: Resource, name: string) => ({
  name,
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
})

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message, null)

export const notFound = (resource: Resource, name: string) =>
  new ApiError(
    404,
    'NotFound',
    `${qualifiedName(resource)} "${name}" not found`,
    named(resource, name),
  )

/** The one refusal that is no Status: what is behind the path is not known at all. */
export class NoSuchPath extends ApiError {
  constructor() {
    super(404, 'NotFound', '404 page not found\n')
  }
}

export const alreadyExists = (resource: Resource, name: string) =>
  new ApiError(
    409,
    'AlreadyExists',
    `${qualifiedName(resource)} "${name}" already exists`,
    named(resource, name),
  )

export const conflict = (resource: Resource, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedName(resource)} "${name}": ${why}`,
    named(resource, name),
  )

export const modified = (resource: Resource, name: string) =>
  conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  )

/** What a request asks for beside its object. */
export const badOption = (options: string, { field, why }: Cause) =>
  new ApiError(422, 'Invalid', `${options}.meta.k8s.io "" is invalid: ${field}: ${why}`, {
    group: 'meta.k8s.io',
    kind: options,
    causes: [{ reason: reasonOf(why), message: why, field }],
  })

export interface Cause {
  readonly field: string
  readonly why: string
}

const kindOf = ({ kind, group }: Resource): string => (group === '' ? kind : `${kind}.${group}`)

export function invalid(resource: Resource, name: string, causes: readonly Cause[]): ApiError {
  const texts = causes.map(({ field, why }) => `${field}: ${why}`)
  return new ApiError(
    422,
    'Invalid',
    `${kindOf(resource)} "${name}" is invalid: ${texts.length > 1 ? `[${texts.join(', ')}]` : texts.join('')}`,
    {
      ...named(resource, name),
      kind: resource.kind,
      causes: causes.map(({ field, why }) => ({ reason: reasonOf(why), message: why, field })),
    },
  )
}

function reasonOf(why: string): string {
  if (why.startsWith('Required')) return 'FieldValueRequired'
  return why.startsWith('Unsupported') ? 'FieldValueNotSupported' : 'FieldValueInvalid'
}

/** A deletion that was meant for another object of the same name, or for an earlier state of it. */
export const preconditionFailed = (resource: Resource, name: string, why: string) =>
  new ApiError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kindOf(resource)} "${name}": the ${why}. The object might have been ${why.startsWith('UID') ? 'deleted and then recreated' : 'modified'}`,
    { ...named(resource, name), kind: resource.kind },
  )

/** A JSON Patch that did not apply, a failed `test` included: the real server says no more than this. */
export const patchRejected = () =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request')

export const tooOld = (asked: number, oldest: number) =>
  new ApiError(410, 'Expired', `too old resource version: ${asked} (${oldest})`, null)

/** The real server calls it its own fault. */
export const badVersion = (version: string) =>
  new ApiError(
    500,
    '',
    `resourceVersion: Invalid value: "${version}": strconv.ParseUint: parsing "${version}": invalid syntax`,
    null,
  )

export function forbidden(
  user: string,
  verb: string,
  { group, plural, subresource, namespace, name }: Named,
): ApiError {
  const qualified = group === '' ? plural : `${plural}.${group}`
  const resource = subresource === '' ? plural : `${plural}/${subresource}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return new ApiError(
    403,
    'Forbidden',
    `${qualified}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: plural },
  )
}
