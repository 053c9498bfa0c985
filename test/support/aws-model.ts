import { readFileSync } from 'node:fs'
import { z } from 'zod'

const Member = z.object({ shape: z.string() })
const Shape = z.object({
  type: z.string(),
  members: z.record(z.string(), Member).optional(),
  required: z.array(z.string()).optional(),
  member: Member.optional(),
  value: Member.optional(),
  enum: z.array(z.string()).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
})
const Model = z.object({
  operations: z.record(
    z.string(),
    z.object({
      input: Member,
      output: Member.optional(),
      errors: z.array(Member),
    }),
  ),
  shapes: z.record(z.string(), Shape),
})

/** What of a value is not as AWS's own model of a service says; each with its path. */
export type Deviations = readonly string[]

/** Holds requests and answers against a service model as botocore publishes it. */
export function awsModel(file: string) {
  const { operations, shapes } = Model.parse(JSON.parse(readFileSync(file, 'utf8')))

  function deviations(value: unknown, name: string, path: string): Deviations {
    const shape = shapes[name]
    if (!shape) return [`${path}: no shape ${name}`]
    const wrong = (text: string): Deviations => [`${path}: ${text}`]
    switch (shape.type) {
      case 'structure': {
        if (!isObject(value)) return wrong('is no object')
        const { members = {}, required = [] } = shape
        return [
          ...required
            .filter((key) => value[key] === undefined)
            .map((key) => `${path}: lacks ${key}`),
          ...Object.entries(value).flatMap(([key, one]) => {
            const member = members[key]
            return member ? deviations(one, member.shape, `${path}.${key}`) : wrong(`has no ${key}`)
          }),
        ]
      }
      case 'list':
        return Array.isArray(value)
          ? [
              ...sized(value.length, shape, path),
              ...value.flatMap((one, at) =>
                deviations(one, shape.member?.shape ?? '', `${path}[${at}]`),
              ),
            ]
          : wrong('is no list')
      case 'map':
        return isObject(value)
          ? Object.entries(value).flatMap(([key, one]) =>
              deviations(one, shape.value?.shape ?? '', `${path}.${key}`),
            )
          : wrong('is no map')
      case 'string':
        if (typeof value !== 'string') return wrong('is no text')
        return shape.enum && !shape.enum.includes(value) ? wrong(`may not be ${value}`) : []
      case 'integer':
      case 'long':
        return Number.isInteger(value) ? sized(Number(value), shape, path) : wrong('is no integer')
      case 'double':
      case 'float':
      case 'timestamp':
        return typeof value === 'number' ? [] : wrong('is no number')
      case 'boolean':
        return typeof value === 'boolean' ? [] : wrong('is neither true nor false')
      default:
        return wrong(`has the unknown type ${shape.type}`)
    }
  }

  /** An operation without an output answers nothing. */
  const answered = (answer: unknown, shape: string | undefined, path: string): Deviations => {
    if (shape !== undefined) return deviations(answer, shape, path)
    return isObject(answer) && Object.keys(answer).length === 0 ? [] : [`${path}: is not empty`]
  }

  return {
    operations: Object.keys(operations),
    /** Of a request, and of what was answered to it. */
    deviations({ operation, request, status, answer }: Exchanged): Deviations {
      const own = operations[operation]
      if (!own) return [`${operation}: no such operation`]
      return [
        ...deviations(request, own.input.shape, `${operation} request`),
        ...(status === 200
          ? answered(answer, own.output?.shape, `${operation} answer`)
          : refused(
              answer,
              own.errors.map(({ shape }) => shape),
              operation,
            )),
      ]
    },
  }
}

/** These every operation of AWS may answer, without any model's saying so. */
const common = ['AccessDeniedException', 'ThrottlingException', 'ExpiredTokenException']

function refused(answer: unknown, errors: readonly string[], operation: string): Deviations {
  const type = isObject(answer) ? String(answer['__type']) : ''
  return [...errors, ...common].includes(type) ? [] : [`${operation}: may not answer ${type}`]
}

export interface Exchanged {
  readonly operation: string
  readonly request: unknown
  readonly status: number
  readonly answer: unknown
}

const sized = (
  size: number,
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  path: string,
): Deviations =>
  (min !== undefined && size < min) || (max !== undefined && size > max)
    ? [`${path}: ${size} is not within ${min ?? ''}…${max ?? ''}`]
    : []

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
