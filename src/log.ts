import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'
import { scrub } from './scrub.ts'

export type Log = Logger

export interface LogOptions {
  /** Exact values that must never be written, beside everything that looks like one. */
  readonly secrets?: readonly string[]
  readonly level?: string
  /** Standard output unless a test reads along. */
  readonly to?: DestinationStream
}

/** JSON lines; every string of every record – messages, fields, errors with their stacks, bound fields – is scrubbed (invariant I9). */
export function createLog({ secrets = [], level = 'info', to }: LogOptions = {}): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) =>
          Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, told(value)])),
      },
      // Told already, like those of every other field.
      serializers: { err: (error: unknown) => error },
      hooks: { streamWrite: (line) => scrubbedLine(line, secrets) },
    },
    // Written at once: the last line before a crash is the one that is needed.
    to ?? pino.destination({ dest: 1, sync: true }),
  )
}

/** Neither message nor stack nor cause of an error is among what JSON finds by itself. Five deep: errors may hold each other. */
function told(value: unknown, deep = 5): unknown {
  if (!(value instanceof Error)) return value
  if (deep === 0) return value.message
  const more = (item: unknown) => told(item, deep - 1)
  return {
    type: value.constructor.name,
    ...Object.fromEntries(Object.entries(value).map(([key, item]) => [key, more(item)])),
    message: value.message,
    stack: value.stack,
    ...(value.cause === undefined ? {} : { cause: more(value.cause) }),
    ...(value instanceof AggregateError ? { errors: value.errors.map(more) } : {}),
  }
}

/** The line is read back, so that a secret is recognised as it was, not as JSON spells it. */
function scrubbedLine(line: string, secrets: readonly string[]): string {
  try {
    return `${JSON.stringify(scrubbed(JSON.parse(line), secrets))}\n`
  } catch {
    return `${JSON.stringify({ level: 'error', msg: 'a log line could not be read back' })}\n`
  }
}

function scrubbed(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return scrub(value, secrets)
  if (Array.isArray(value)) return value.map((item) => scrubbed(item, secrets))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [scrub(key, secrets), scrubbed(item, secrets)]),
  )
}
