import type { Json } from '#domain/json.ts'

/** Removes secrets from a text. */
export type Scrub = (text: string) => string

/** PostgreSQL cannot store NUL, and UTF-8 cannot write half a surrogate pair: both become U+FFFD. */
export const cleanText = (text: string): string =>
  text.includes('\0') ? text.replaceAll('\0', '\u{FFFD}').toWellFormed() : text.toWellFormed()

/** What is stored and hashed instead of a value: storable, free of secrets, without absent fields. */
export function cleanJson(value: unknown, scrub: Scrub): Json {
  if (typeof value === 'string') return cleanText(scrub(value))
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null
  if (Array.isArray(value)) return value.map((item) => cleanJson(item, scrub))
  if (typeof value !== 'object') return null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [cleanText(key), cleanJson(item, scrub)]),
  )
}
