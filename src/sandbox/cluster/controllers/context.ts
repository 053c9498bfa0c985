import type { KubeObject, OwnerReference } from '../objects.ts'
import { rfc3339, type Store } from '../store.ts'

/** What every controller works with. `again` asks for another look after so many milliseconds. */
export interface Context {
  readonly store: Store
  readonly now: () => Date
  readonly again: (afterMs: number) => void
  readonly event: (
    about: KubeObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ) => void
  /** Everything is ready at once and nothing is announced: the past is being built. */
  readonly isPast: () => boolean
}

export const stamp = (context: Context): string => rfc3339(context.now())

export const ownedBy = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
})

export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  object.metadata.ownerReferences?.some(
    (one) => one.controller && one.uid === owner.metadata.uid,
  ) ?? false

/** `25%` of a count, rounded as asked, or the number itself. */
export function portion(
  value: number | string | undefined,
  total: number,
  round: (value: number) => number,
): number {
  if (typeof value !== 'string') return value ?? 0
  return value.endsWith('%') ? round((Number(value.slice(0, -1)) * total) / 100) : Number(value)
}

/** As the controllers write counts: one of none is left out. */
export const counted = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
