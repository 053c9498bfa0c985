import { type Resource, qualifiedName } from './resources.ts'
import type { Named } from './route.ts'

/** A refusal of the API server, answered as a `Status` object. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: number
  readonly reason: string
  readonly details: Readonly<Record<string, unknown>>
  constructor(
    code: number,
    reason: string,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
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
    reason,
    details,
    code,
  }
}

const named = (resource: Resource, name: string) => ({
  name,
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind: resource.plural,
})

export const badRequest = (message: string) => new ApiError(400, 'BadRequest', message)

export const notFound = (resource: Resource, name: string) =>
  new ApiError(
    404,
    'NotFound',
    `${qualifiedName(resource)} "${name}" not found`,
    named(resource, name),
  )

export const noSuchPath = () =>
  new ApiError(404, 'NotFound', 'the server could not find the requested resource')

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

export const invalid = (resource: Resource, name: string, field: string, why: string) =>
  new ApiError(
    422,
    'Invalid',
    `${resource.kind}${resource.group === '' ? '' : `.${resource.group}`} "${name}" is invalid: ${field}: ${why}`,
    {
      ...named(resource, name),
      kind: resource.kind,
      causes: [{ reason: 'FieldValueInvalid', message: why, field }],
    },
  )

/** A JSON Patch that did not apply, a failed `test` included: the real server says no more than this. */
export const patchRejected = () =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request')

export const tooOld = (asked: number, oldest: number) =>
  new ApiError(410, 'Expired', `too old resource version: ${asked} (${oldest})`)

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
    { ...(name === '' ? {} : { name }), group, kind: plural },
  )
}
