import type { RevisionId } from '#domain/ids.ts'
import { templateWriters } from './dates.ts'
import type { Workload } from './objects.ts'
import { operationAnnotation } from './precondition.ts'
import { fieldManager } from './rollout.ts'

/** What `kubectl rollout history` shows; every later version of a workload inherits it until somebody writes another. */
export const causeAnnotation = 'kubernetes.io/change-cause'

/** Who brought a version, where it was a rollback of ours. */
const product = 'Countermand'
const isOurs = (by: string | undefined): boolean =>
  by !== undefined && /^Countermand( \S+ to [0-9a-f]{12})?$/.test(by)

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

/** Who brought what runs: `words` are those that it carries, and a version that came back may still carry those of an earlier day. */
export function broughtBy(
  { metadata }: Workload,
  running: RevisionId,
  words: string | undefined,
): string | undefined {
  const writers = templateWriters(metadata)
  const others = writers.filter(({ manager }) => manager !== fieldManager)
  const isBroughtByUs =
    isOurs(words) || metadata.annotations?.[operationAnnotation]?.endsWith(` ${running}`)
  if (!isBroughtByUs) return words ?? others.at(-1)?.manager
  const ours = writers.findLast(({ manager }) => manager === fieldManager)?.at ?? 0
  // A restart, or an undo, by the same name: neither is told from the other.
  const since = others.findLast(({ manager, at }) => at > ours && manager !== 'kubectl-rollout')
  return since?.manager ?? (isOurs(words) ? words : product)
}

const shortOf = (id: RevisionId): string => (id.split(':').at(-1) ?? id).slice(0, 12)
