import { z } from 'zod'
import { isSameJson, type Json } from '#domain/json.ts'
import type { Checked } from '#executors/define-executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { imagesOf, revisionName } from '../revision.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readClusterUid, readWorkload } from '../workload.ts'
import { argoPrecondition } from './argo-look.ts'

const Before = z.object({
  hash: z.string().nullable(),
  step: z.number().nullable(),
  aborted: z.boolean(),
})

/** Why a leg can no longer begin as it was shown; `undefined` while it can. */
export async function argoChangedSince(
  parts: KubernetesParts,
  { spec: target, title }: Checked<KubernetesTarget>,
  precondition: Json,
  signal: AbortSignal,
): Promise<string | undefined> {
  const api = apiOf(parts, target)
  const [cluster, workload] = await Promise.all([
    readClusterUid(api, signal),
    readWorkload(api, target, signal),
  ])
  if (!workload) return `${title} is gone`
  const now = argoPrecondition(cluster, workload)
  if (isSameJson(now, precondition)) return undefined
  const { data: before } = Before.safeParse(precondition)
  const { template } = workload.spec
  if (before?.hash !== now.hash)
    return `${revisionName(template, imagesOf(template))} was deployed meanwhile`
  if (now.aborted && !before.aborted) return `${title} was aborted meanwhile`
  if (before.aborted && !now.aborted) return `${title} was retried meanwhile`
  if (before.step !== now.step) return `${title} went on by itself or by somebody meanwhile`
  return `${title} was changed meanwhile`
}
