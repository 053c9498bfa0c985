import type { RevisionId } from '#domain/ids.ts'
import { broughtSomehow, isBrought } from '#domain/rollback/revision.ts'
import { templateWriters } from './dates.ts'
import type { Workload } from './objects.ts'
import { operationAnnotation } from './precondition.ts'
import { changedByUsAt, fieldManager } from './rollout.ts'

/** What `kubectl rollout history` shows; every later version of a workload inherits it until somebody writes another. */
export const causeAnnotation = 'kubernetes.io/change-cause'

/** Who brought the version, in the platform's words; nothing where they are inherited from one of ours. */
export function whoBrought(
  annotations: Readonly<Record<string, string>> | null | undefined,
  revision: RevisionId,
): string | undefined {
  const cause = annotations?.[causeAnnotation]
  return isBrought(cause) && !isBrought(cause, revision) ? undefined : cause
}

/** Who brought what runs: `words` are those that it carries, and a version that came back may still carry those of an earlier day. */
export function broughtBy(
  workload: Workload,
  running: RevisionId,
  words: string | undefined,
): string | undefined {
  const { metadata } = workload
  const writers = templateWriters(metadata)
  const others = writers.filter(({ manager }) => manager !== fieldManager)
  const isByUs =
    isBrought(words) || metadata.annotations?.[operationAnnotation]?.endsWith(` ${running}`)
  if (!isByUs) return words ?? others.at(-1)?.manager
  // Once whoever brings what Git has goes on, what we wrote of the template is his.
  const own = writers.findLast(({ manager }) => manager === fieldManager)?.at
  const ours = own ?? changedByUsAt(workload) ?? 0
  // A restart, or an undo, by the same name: neither is told from the other.
  const since = others.findLast(({ manager, at }) => at > ours && manager !== 'kubectl-rollout')
  return since?.manager ?? (isBrought(words) ? words : broughtSomehow)
}
