import { z } from 'zod'
import { isSameJson, type Json } from '#domain/json.ts'
import type { Checked } from '#executors/define-executor.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readClusterUid, readWorkload } from '../workload.ts'
import { besideOf, plainPrecondition } from './plain-look.ts'

const Before = z.object({
  stable: z.unknown(),
  canary: z.object({ replicas: z.number() }).loose().nullable(),
})

/** Why a leg can no longer begin as it was shown; `undefined` while it can. */
export async function plainChangedSince(
  parts: KubernetesParts,
  target: Checked<KubernetesTarget>,
  precondition: Json,
  signal: AbortSignal,
): Promise<string | undefined> {
  const api = apiOf(parts, target.spec)
  const beside = besideOf(target)
  const [cluster, stable, canary] = await Promise.all([
    readClusterUid(api, signal),
    readWorkload(api, target.spec, signal),
    beside && readWorkload(api, beside.spec, signal),
  ])
  if (!stable) return `${target.title} is gone`
  const now = plainPrecondition(cluster, stable, canary)
  if (isSameJson(now, precondition)) return undefined
  const { data: before } = Before.safeParse(precondition)
  const title = beside?.title ?? 'its canary'
  if (!now.canary) return `${title} is gone`
  if (
    before?.canary &&
    isSameJson({ ...before.canary, replicas: 0 }, { ...now.canary, replicas: 0 })
  )
    return before.canary.replicas === now.canary.replicas
      ? `${target.title} was changed meanwhile`
      : `${title} was scaled from ${before.canary.replicas} to ${now.canary.replicas} meanwhile`
  return `${title} was changed meanwhile`
}
