import type { z } from 'zod'
import { nearest } from '#domain/nearest.ts'
import type { Document, Path, Problem } from './document.ts'
import { keysAt } from './json-schema.ts'

type Issue = z.core.$ZodIssue

/** One sentence for each thing zod found, at the line it stands on. */
export function problemsOf(issues: readonly Issue[], document: Document): readonly Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) =>
        problem(document, [...issue.path, key], unknownKey(issue.path, key)),
      )
    if (issue.code === 'invalid_key') {
      const inner = issue.issues[0]
      return [
        problem(
          document,
          issue.path,
          `the name ${inner ? sentence(inner, undefined) : 'is not valid'}`,
        ),
      ]
    }
    return [problem(document, issue.path, sentence(issue, at(document.data, issue.path)))]
  })
}

/** A problem with the part at `path`: `services.checkout.tier: must be …`. */
export function problem(document: Document, path: Path, text: string): Problem {
  const where = path.map((step) => (typeof step === 'number' ? `[${step + 1}]` : String(step)))
  const name = where.join('.').replaceAll('.[', '[')
  return { line: document.lineOf(path), text: `${name ? `${name}: ` : ''}${ended(text)}` }
}

function unknownKey(path: Path, key: string): string {
  const known = keysAt(path)
  const [close] = nearest(known, key)
  if (close) return `is not known; did you mean ${close}?`
  return known.length > 0
    ? `is not known; possible here: ${known.join(', ')}`
    : 'is not known; nothing is expected here'
}

function sentence(issue: Issue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (found === undefined) return `is missing (${nouns[issue.expected] ?? issue.expected})`
      return `must be ${nouns[issue.expected] ?? issue.expected}, not ${nameOf(found)}`
    case 'invalid_value':
      return found === undefined
        ? `is missing: one of ${issue.values.join(', ')}`
        : `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      if (issue.message.startsWith('must')) return issue.message
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'string'
        ? `must not be longer than ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`
    case 'invalid_format':
    case 'custom':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      return issue.message
  }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of settings',
  record: 'a group of settings',
}

const nameOf = (value: unknown): string => {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  return nouns[typeof value] ?? typeof value
}

const at = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (part, step) =>
      typeof part === 'object' && part !== null && Object.hasOwn(part, step)
        ? (part as Readonly<Record<PropertyKey, unknown>>)[step]
        : undefined,
    data,
  )

const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
