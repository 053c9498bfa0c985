import { canonicalJson } from '#domain/json.ts'
import type { Workload } from './objects.ts'
import { revisionOf, sha256 } from './revision.ts'
import type { Expectation } from './schema.ts'

/** Where we write which operation changed an object last: read back when an answer was lost. */
export const operationAnnotation = 'countermand.dev/operation'

/**
 * The state a plan was made for. Replicas stay out: an autoscaler moves them, and the generation with them, all the
 * time. The generation is still tested on the wire, as it was read a moment before. Which version a Rollout calls stable
 * belongs to it: the way back depends on that.
 */
export function conditionOf(workload: Workload): {
  readonly spec: string
  readonly operation: string | null
} {
  const { replicas: _replicas, ...own } = workload.raw.spec
  const { templateOwner } = workload
  const spec = templateOwner ? { ...own, template: templateOwner.spec.template } : own
  const { stableRS: stable } = workload.status
  return {
    spec: sha256(canonicalJson(stable === undefined ? spec : { ...spec, stable })),
    operation: (templateOwner ?? workload).metadata.annotations?.[operationAnnotation] ?? null,
  }
}

/** What a plan holds on to until it begins: that cluster, that object, that state. */
export const preconditionOf = (cluster: string, workload: Workload) => ({
  cluster,
  uid: workload.metadata.uid,
  ...conditionOf(workload),
})

export function isAsExpected(workload: Workload, expected: Expectation): boolean {
  if ('revision' in expected) return revisionOf(workload.spec.template) === expected.revision
  const { spec, operation } = conditionOf(workload)
  return spec === expected.spec && operation === expected.operation
}
