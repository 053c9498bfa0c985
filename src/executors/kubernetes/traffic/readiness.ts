import type { KubernetesApi } from '../api.ts'
import type { ChangeOf, KubernetesTarget } from '../schema.ts'
import { isReady, readKept, readPods, readWorkload, wantedOf } from '../workload.ts'
import { type Division, shareOf } from './division.ts'

/** How many pods are ready, and how many are asked for; `wanted` is undefined where there is no such workload. */
export async function readinessOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<{ readonly ready: number; readonly wanted: number | undefined }> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) return { ready: 0, wanted: undefined }
  const kept = await readKept(api, target, workload, signal)
  const pods = await readPods(api, target, workload, kept, signal)
  return { ready: pods.filter(isReady).length, wanted: wantedOf(target, workload) }
}

/** Why the version whose share these weights would raise cannot get the requests: it has no ready pod, or is asked to have none. */
export async function whyNoPod(
  api: KubernetesApi,
  { target, canary, weights }: ChangeOf<'set_weights'>,
  division: Division,
  signal: AbortSignal,
): Promise<string | undefined> {
  const written = division.destinations.map((one) => ({ ...one, weight: weights[one.name] ?? 0 }))
  const beside = { ...target, kind: 'deployment', name: canary.deployment } as const
  for (const [arm, own] of [
    ['stable', target],
    ['canary', beside],
  ] as const) {
    if (shareOf({ destinations: written }, arm) <= shareOf(division, arm)) continue
    const { ready, wanted = 0 } = await readinessOf(api, own, signal)
    if (ready === 0 || wanted === 0) return noPodReady(own.name)
  }
  return undefined
}

export const noPodReady = (name: string): string => `no pod of ${name} is ready`
