import type { Json } from '#domain/json.ts'

export type Fields = { readonly [name: string]: Json }

/** Thrown for a body that is none of Slack's. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

/** The payload of a request: a form, the JSON in a form's `payload`, or JSON. Throws `Unreadable`. */
export function readBody(raw: Buffer, contentType: string | undefined): Fields {
  const text = raw.toString('utf8')
  if (contentType?.startsWith('application/json')) return parsed(text)
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  return payload === null ? fieldsOf(form) : parsed(payload)
}

/** Slack's check of our certificate carries no signature. Nothing else in such a request counts (threat T007). */
export const isSslCheck = (raw: Buffer, contentType: string | undefined): boolean =>
  contentType?.startsWith('application/x-www-form-urlencoded') === true &&
  raw.length < 4_096 &&
  new URLSearchParams(raw.toString('utf8')).get('ssl_check') === '1'

function fieldsOf(form: URLSearchParams): Fields {
  const names = [...form.keys()]
  if (names.some((name) => forbidden.has(name))) throw new Unreadable('a forbidden key')
  return Object.fromEntries(form)
}

function parsed(text: string): Fields {
  let value: unknown
  try {
    // Looking at every key takes ten times as long as reading; without such a word there is none, unless it is spelled with escapes.
    value = suspicious.test(text) ? JSON.parse(text, refusing) : JSON.parse(text)
  } catch (error) {
    throw new Unreadable('no JSON', { cause: error })
  }
  if (!isFields(value)) throw new Unreadable('no JSON object')
  return value
}

function refusing(key: string, item: unknown): unknown {
  if (forbidden.has(key)) throw new Unreadable('a forbidden key')
  return item
}

const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const suspicious = /__proto__|constructor|prototype|\\u/

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
