import type { Fields } from './objects.ts'

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object itself, or an empty one where something else stands. */
export const asFields = (value: unknown): Fields => (isFields(value) ? value : {})

/** The text itself, or an empty one where something else stands. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')
