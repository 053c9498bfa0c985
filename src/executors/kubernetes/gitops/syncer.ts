import type { SyncLook, Syncer } from '#ports/syncer.ts'
import { apiOf, type KubernetesParts } from '../context.ts'
import { type ChangeOf, KubernetesChange, type Owner } from '../schema.ts'
import { readWorkload } from '../workload.ts'
import { compared } from './keeps.ts'
import { Application, HelmRelease } from './objects.ts'
import { isLeftAloneByFlux, ownerPath } from './owner-object.ts'

/** Argo CD goes on comparing while it does not sync, and says what it found; Flux looks at nothing that it is to leave alone. */
export function kubernetesSyncer(parts: KubernetesParts): Syncer {
  return {
    async look(_given, json, signal) {
      const change = KubernetesChange.parse(json)
      if (change.kind === 'set_sync')
        return change.owner.kind === 'application'
          ? lookAtApplication(parts, change, signal)
          : lookAtRelease(parts, change.owner, signal)
      const workload = await readWorkload(apiOf(parts, change.target), change.target, signal)
      return workload && isLeftAloneByFlux(workload.metadata) ? notTold : { kind: 'goes_on' }
    },
  }
}

const notTold = {
  kind: 'unknown',
  why: 'Flux does not say what Git has while it is paused',
} as const

async function lookAtRelease(
  { clusters }: KubernetesParts,
  owner: Owner,
  signal: AbortSignal,
): Promise<SyncLook> {
  const found = await clusters.get(owner.cluster)?.get(ownerPath(owner), HelmRelease, signal)
  return found?.spec.suspend ? notTold : { kind: 'goes_on' }
}

async function lookAtApplication(
  parts: KubernetesParts,
  { owner, target }: ChangeOf<'set_sync'>,
  signal: AbortSignal,
): Promise<SyncLook> {
  const [found, workload] = await Promise.all([
    parts.clusters.get(owner.cluster)?.get(ownerPath(owner), Application, signal),
    readWorkload(apiOf(parts, target), target, signal),
  ])
  const { automated } = found?.spec.syncPolicy ?? {}
  if (!found || !workload || (automated && automated['enabled'] !== false))
    return { kind: 'goes_on' }
  return compared(found, target, workload)
}
