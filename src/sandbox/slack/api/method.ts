import { Refused, type Wire } from '../model.ts'
import type { Sessions } from '../sessions.ts'
import type { Workspace } from '../workspace.ts'

export interface World {
  readonly workspace: Workspace
  readonly sessions: Sessions
  /** Where the pretend Slack itself listens, without a slash at the end. */
  readonly baseUrl: () => string
}

/** One method of the Web API: what it needs, what it answers besides `ok`. */
export interface Method {
  /** Any one of these scopes will do; none needed when empty. */
  readonly scopes: readonly string[]
  readonly answer: (args: Wire, world: World) => Wire
}
export type Methods = Readonly<Record<string, Method>>

export const optionalText = (args: Wire, name: string): string | undefined => {
  const value = args[name]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
export const text = (args: Wire, name: string): string => {
  const value = optionalText(args, name)
  if (value === undefined) throw new Refused('invalid_arguments', missing(name))
  return value
}
export const isOn = (args: Wire, name: string): boolean =>
  args[name] === true || args[name] === 'true' || args[name] === '1'

/** Form bodies carry structures as JSON text, JSON bodies carry them as they are. */
export function structure(args: Wire, name: string, refusal: string): unknown {
  const value = args[name]
  if (typeof value !== 'string') return value
  if (value === '') return undefined
  try {
    return JSON.parse(value)
  } catch {
    throw new Refused(refusal)
  }
}

export const isWire = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A page of a list; cursors are opaque to callers. */
export function paged<Item>(
  items: readonly Item[],
  args: Wire,
): { readonly page: readonly Item[]; readonly next: string } {
  const limit = Math.min(Math.max(Number(args['limit'] ?? 100) || 100, 1), 1_000)
  const cursor = optionalText(args, 'cursor')
  const start = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString())
  if (!Number.isInteger(start) || start < 0) throw new Refused('invalid_cursor')
  const end = start + limit
  return {
    page: items.slice(start, end),
    next: end < items.length ? Buffer.from(String(end)).toString('base64') : '',
  }
}

const missing = (name: string): Wire => ({
  response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
})
