import type { ServiceId } from '#domain/ids.ts'

/** Versions of a database's schema that a version of a service can run on, both ends included; an end that is left out is open. */
export interface SchemaRange {
  readonly database: string
  readonly from?: string
  readonly to?: string
}

/** Where the schema stands that a service runs on; what cannot be seen says why. */
export type SchemaNow =
  | { readonly kind: 'known'; readonly database: ServiceId; readonly version: string }
  | { readonly kind: 'unknown'; readonly database: ServiceId; readonly why: string }

/** As tools order versions: by number, or letter by letter where they are no numbers. */
export function compareVersions(one: string, other: string): number {
  if (/^\d+$/.test(one) && /^\d+$/.test(other)) {
    const [a, b] = [BigInt(one), BigInt(other)]
    return a < b ? -1 : a > b ? 1 : 0
  }
  return one < other ? -1 : one > other ? 1 : 0
}

export const includesVersion = ({ from, to }: SchemaRange, version: string): boolean =>
  (from === undefined || compareVersions(from, version) <= 0) &&
  (to === undefined || compareVersions(version, to) <= 0)

/** `38 to 43`, `38 and later`, `43 and earlier`. */
export function rangeText({ from, to }: SchemaRange): string {
  if (from === undefined) return to === undefined ? 'any version' : `${to} and earlier`
  if (to === undefined) return `${from} and later`
  return from === to ? from : `${from} to ${to}`
}

/** How a template or an image says it: `checkout-db 38..43`, `checkout-db 38..`. Undefined where it says nothing that can be read. */
export const schemaMark = 'countermand.dev/schema'
export function markedRange(text: string | undefined): SchemaRange | undefined {
  const [, database, from, to] =
    /^\s*([a-z0-9][a-z0-9-]*)\s+([\w-]*)\.\.([\w-]*)\s*$/.exec(text ?? '') ?? []
  if (database === undefined || (!from && !to)) return undefined
  return { database, ...(from ? { from } : {}), ...(to ? { to } : {}) }
}
