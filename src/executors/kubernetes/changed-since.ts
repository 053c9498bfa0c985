import { isSameJson, type Json } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import { apiOf, type KubernetesParts } from './context.ts'
import { preconditionOf } from './precondition.ts'
import { lookAtFlagger, liveTemplate } from './flagger/look.ts'
import { flaggerPrecondition } from './flagger/state.ts'
import { imagesOf, objectIn, revisionName, revisionOf } from './revision.ts'
import type { KubernetesTarget } from './schema.ts'
import { readClusterUid, readKept, readWorkload } from './workload.ts'

/** Looks at the workload alone, and at the versions the platform keeps only when our record has no template of the wanted one. */
export async function changedSince(
  parts: KubernetesParts,
  { target, precondition, from, to }: CheckedPlan<KubernetesTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const api = apiOf(parts, target.spec)
  const [cluster, workload, recorded] = await Promise.all([
    readClusterUid(api, signal),
    readWorkload(api, target.spec, signal),
    parts.revisions.template(target.workload, to.id),
  ])
  if (!workload) return `${target.title} is gone`
  const flagger = wasByFlagger(precondition)
    ? await lookAtFlagger(api, target.spec, signal)
    : undefined
  const kept =
    recorded === undefined || flagger ? await readKept(api, target.spec, workload, signal) : []
  const template = flagger ? liveTemplate(flagger, workload, kept) : workload.spec.template
  if (revisionOf(template) !== from.id)
    return `${revisionName(template, imagesOf(template))} was deployed meanwhile`
  const now = {
    ...preconditionOf(cluster, workload),
    ...(flagger ? { flagger: flaggerPrecondition(flagger) } : {}),
  }
  if (!isSameJson(now, precondition)) return `${target.title} was changed meanwhile`
  if (recorded !== undefined) return undefined
  return kept.some(({ revision }) => revision === to.id)
    ? undefined
    : `${to.name} is no longer there: the cluster no longer keeps it, and our record has no template of it`
}

const wasByFlagger = (precondition: Json): boolean => 'flagger' in objectIn(precondition)
