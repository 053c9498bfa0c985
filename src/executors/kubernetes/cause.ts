import type { RevisionId } from '#domain/ids.ts'

/** What `kubectl rollout history` shows; every later version of a workload inherits it until somebody writes another. */
export const causeAnnotation = 'kubernetes.io/change-cause'

/** Who brought a version, where it was a rollback of ours. */
export const product = 'Countermand'
export const isOurs = (by: string | undefined): boolean => by?.startsWith(product) ?? false

/** Names the version that we brought, so that those which inherit the words are not taken for ours. */
export const causeOf = (operation: string, to: RevisionId): string =>
  `${product} ${operation} to ${shortOf(to)}`

/** Who brought the version, in the platform's words; nothing where they are inherited from one of ours. */
export function whoBrought(
  annotations: Readonly<Record<string, string>> | null | undefined,
  revision: RevisionId,
): string | undefined {
  const cause = annotations?.[causeAnnotation]
  const isOfAnother = isOurs(cause) && !cause?.endsWith(` ${shortOf(revision)}`)
  return isOfAnother ? undefined : cause
}

const shortOf = (id: RevisionId): string => (id.split(':').at(-1) ?? id).slice(0, 12)
