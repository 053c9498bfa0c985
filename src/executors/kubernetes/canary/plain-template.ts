import { objectIn, revisionOf } from '../revision.ts'
import type { Workload } from '../objects.ts'
import type { RawObject } from '../schema.ts'

/**
 * What the stable Deployment runs once it has the canary's version: the canary's template, with the labels by which
 * the two Deployments tell their pods apart left as they are.
 */
export function promotedTemplate(stable: Workload, canary: Workload): RawObject {
  const own = labelsOf(stable)
  const theirs = labelsOf(canary)
  const identity = new Set([...selectedBy(stable), ...selectedBy(canary)])
  const labels = Object.fromEntries([
    ...Object.entries(theirs).filter(([key]) => !identity.has(key)),
    ...Object.entries(own).filter(([key]) => identity.has(key)),
  ])
  const { template } = canary.spec
  return { ...template, metadata: { ...objectIn(template['metadata']), labels } }
}

export const promotedRevision = (stable: Workload, canary: Workload) =>
  revisionOf(promotedTemplate(stable, canary))

export const labelsOf = ({ spec }: Workload): RawObject =>
  objectIn(objectIn(spec.template['metadata'])['labels'])

const selectedBy = ({ spec: { selector } }: Workload): readonly string[] => [
  ...Object.keys(selector.matchLabels ?? {}),
  ...(selector.matchExpressions ?? []).map(({ key }) => key),
]
