/** What can be written down and read back unchanged. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** The one spelling of a value: keys sorted by code unit, no white space. Digests and hashes are taken over it. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value ?? null)
  let text = ''
  for (const key of Object.keys(value).toSorted()) {
    const item = value[key]
    if (item === undefined) continue
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`
  }
  return `{${text}}`
}

/** Whether both have one spelling, without writing it down. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (!isObject(one) || !isObject(other)) return spelled(one) === spelled(other)
  if (Array.isArray(one) !== Array.isArray(other)) return false
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, at) => isSameJson(item, other[at]))
  const keys = definedKeys(one)
  return (
    keys.length === definedKeys(other).length &&
    keys.every((key) => other[key] !== undefined && isSameJson(one[key], other[key]))
  )
}

/** What is nothing, or no number, is spelled `null`. */
const spelled = (value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? null : (value ?? null)

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null
const definedKeys = (fields: Fields): readonly string[] =>
  Object.keys(fields).filter((key) => fields[key] !== undefined)
