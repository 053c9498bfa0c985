import type { RevisionId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import type { SchemaRange } from './schema-range.ts'

export interface Image {
  readonly container: string
  /** As the template writes it: `shop/checkout:2.2.1`. */
  readonly reference: string
  /** `sha256:…` that was seen running; absent when no running pod showed it. */
  readonly digest?: string
}

/** One deployed version of a target. */
export interface Revision {
  readonly id: RevisionId
  /** What people call it, the tag of its first image: `v2.2.1`. */
  readonly name: string
  /** The platform's own number, where it has one. */
  readonly number?: number
  readonly images: readonly Image[]
  /** The one that runs: since when it does, this time. Any other: when it was first seen or made. */
  readonly since: Instant
  /** It has run since then or longer: nobody saw it begin. */
  readonly orEarlier?: true
  /** Where it has come back: when it was there first. */
  readonly firstAt?: Instant
  /** What it says itself of the schema that it can run on. */
  readonly schema?: SchemaRange
  /** Who shipped it, as far as the platform says; `brought` where a rollback of ours did. */
  readonly by?: string
}

const product = 'Countermand'

/** What a platform is told of who brought a version; it names the version, because later ones may inherit the words. */
export const brought = (operation: string, to: RevisionId): string =>
  `${product} ${operation} to ${shortId(to)}`

/** Where the platform keeps no words. */
export const broughtSomehow = product

/** Whether a rollback of ours brought it: this very version, where one is named. */
export function isBrought(by: string | undefined, version?: RevisionId): boolean {
  if (by === undefined || !/^Countermand( \S+ to [0-9a-f]{12})?$/.test(by)) return false
  return version === undefined || by.endsWith(` ${shortId(version)}`)
}

/** Enough to tell versions apart. */
export const shortId = (id: RevisionId): string => (id.split(':').at(-1) ?? id).slice(0, 12)

/** What is known of a revision beside what it is; the ground for choosing it. */
export interface Candidate {
  readonly revision: Revision
  /** `verified`: we verified it. `served`: it was the current one for `servedFor` before it was replaced, its health unmeasured by us. */
  readonly standing: /** Good by its kind, such as what programs do without a flag; `because`: why it is gone back to. */
    | { readonly kind: 'given'; readonly because: string }
    | { readonly kind: 'verified'; readonly at: Instant }
    | { readonly kind: 'served'; readonly forMicros: number }
    | { readonly kind: 'unproven' }
    | { readonly kind: 'bad'; readonly since: Instant; readonly because: string }
  /** Why it cannot be used although it is known: collected by the platform, image gone. */
  readonly missing?: string
  /** Why it cannot run on the schema as it is today. */
  readonly crosses?: string
}
