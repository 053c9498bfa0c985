import type { RevisionId } from '#domain/ids.ts'
import type { KubernetesApi } from '../api.ts'
import { runningRevision } from '../revision.ts'
import type { ChangeOf, KubernetesTarget } from '../schema.ts'
import { isReady, readKept, readPods, readWorkload, wantedOf } from '../workload.ts'
import { type Division, shareOf } from './division.ts'

export interface Readiness {
  readonly ready: number
  /** How many are asked for, of which version; neither where there is no such workload. */
  readonly wanted: number | undefined
  readonly revision: RevisionId | undefined
}

/** How many pods are ready, whatever their version. */
export async function readinessOf(
  api: KubernetesApi,
  target: KubernetesTarget,
  signal: AbortSignal,
): Promise<Readiness> {
  const workload = await readWorkload(api, target, signal)
  if (!workload) return { ready: 0, wanted: undefined, revision: undefined }
  const kept = await readKept(api, target, workload, signal)
  const pods = await readPods(api, target, workload, kept, signal)
  return {
    ready: pods.filter(isReady).length,
    wanted: wantedOf(target, workload),
    revision: runningRevision(workload),
  }
}

/** Why the version whose share these weights would raise cannot get the requests: it has no ready pod, is asked to have none, or is another by now. */
export async function whyNoMore(
  api: KubernetesApi,
  change: ChangeOf<'set_weights'>,
  division: Division,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { target, canary, weights } = change
  const written = division.destinations.map((one) => ({ ...one, weight: weights[one.name] ?? 0 }))
  const beside = { ...target, kind: 'deployment', name: canary.deployment } as const
  for (const [arm, own] of [
    ['stable', target],
    ['canary', beside],
  ] as const) {
    if (shareOf({ destinations: written }, arm) <= shareOf(division, arm)) continue
    const { ready, wanted = 0, revision } = await readinessOf(api, own, signal)
    if (ready === 0 || wanted === 0) return noPodReady(own.name)
    if (arm === 'stable' && isAnother(change, revision)) return anotherVersion(own.name)
  }
  return undefined
}

/** Whether somebody has shipped another version into what is to get more requests. */
export const isAnother = (
  { stable }: ChangeOf<'set_weights'>,
  revision: RevisionId | undefined,
): boolean => stable !== undefined && revision !== undefined && revision !== stable.revision

export const anotherVersion = (name: string): string => `${name} runs another version by now`

export const noPodReady = (name: string): string => `no pod of ${name} is ready`
