import type { KubernetesApi } from '../api.ts'
import type { KubernetesParts } from '../context.ts'
import type { Workload } from '../objects.ts'
import { changedByUsAt } from '../rollout.ts'
import type { KubernetesTarget } from '../schema.ts'
import { listed, orWhy } from './argo-cd.ts'
import { Application, HelmRelease, Kustomization } from './objects.ts'
import { type OwnerPlace, ownerPath } from './owner-object.ts'
import { isSyncing } from './sync-change.ts'

/** What an owner that syncs by itself makes of what runs. `isLasting`: it will not say later either. */
export type Kept =
  | { readonly kind: 'keeps' | 'suspended' }
  | { readonly kind: 'undoes'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string; readonly isLasting: boolean }

/**
 * Whether Git has what runs, by what the tool has done or compared since we changed the workload; what it did before says nothing.
 * Reads its object once; what cannot be read is unknown. Throws what is no answer of the platform.
 */
export async function keepsWhatRuns(
  { clusters }: KubernetesParts,
  target: KubernetesTarget,
  workload: Workload,
  at: OwnerPlace,
  signal: AbortSignal,
): Promise<Kept> {
  const api = clusters.get(at.cluster)
  if (!api) return lasting(`${at.cluster} is not among the configured clusters`)
  const changedAt = changedByUsAt(workload) ?? 0
  switch (at.kind) {
    case 'application': {
      const found = await read(api, at, Application, signal)
      return typeof found === 'string' ? lasting(found) : byArgoCd(found, target, workload)
    }
    case 'kustomization': {
      const found = await read(api, at, Kustomization, signal)
      return typeof found === 'string' ? lasting(found) : byKustomization(found, changedAt)
    }
    case 'helmrelease': {
      const found = await read(api, at, HelmRelease, signal)
      return typeof found === 'string' ? lasting(found) : byRelease(found, changedAt)
    }
  }
}

/** What a comparison with Git says of one workload. */
export type Compared =
  | { readonly kind: 'keeps' }
  | { readonly kind: 'undoes' | 'unknown'; readonly why: string }

/** The same of an Application that is paused, too: Argo CD goes on comparing. */
export function compared(
  found: Application,
  target: KubernetesTarget,
  workload: Workload,
): Compared {
  const own = listed(found, target)
  const comparedAt = Date.parse(found.status?.reconciledAt ?? '')
  const changedAt = changedByUsAt(workload) ?? 0
  if (!own?.status || Number.isNaN(comparedAt) || comparedAt <= changedAt)
    return { kind: 'unknown', why: 'Argo CD has not compared it with Git since' }
  return own.status === 'Synced'
    ? { kind: 'keeps' }
    : { kind: 'undoes', why: `Git has another version than runs (${own.status})` }
}

function byArgoCd(found: Application, target: KubernetesTarget, workload: Workload): Kept {
  if (isSyncing(found)) return passing('a sync is under way')
  const look = compared(found, target, workload)
  if (look.kind === 'keeps') return { kind: 'keeps' }
  return look.kind === 'unknown' ? passing(look.why) : { kind: 'undoes', why: look.why }
}

/** What it has applied since our change left our version where it is: so Git has it. */
function byKustomization({ metadata, spec, status }: Kustomization, changedAt: number): Kept {
  if (spec.suspend) return { kind: 'suspended' }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False')
    return passing(`Flux could not apply what Git has (${ready.message ?? 'it is not ready'})`)
  const isOfNow = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const times = [
    ...(ready?.status === 'True' ? [ready.lastTransitionTime] : []),
    ...(status?.history ?? []).flatMap(({ lastReconciled, lastReconciledStatus }) =>
      lastReconciledStatus === 'ReconciliationSucceeded' ? [lastReconciled] : [],
    ),
  ]
  if (isOfNow && ready?.status === 'True' && isSince(times, changedAt)) return { kind: 'keeps' }
  return status?.history
    ? passing('Flux has not applied what Git has since')
    : lasting('Flux has not applied another revision of Git since, and does not say when it looked')
}

/** Of a release that is not drifting only an upgrade shows what Git has. */
function byRelease({ metadata, spec, status }: HelmRelease, changedAt: number): Kept {
  if (spec.suspend) return { kind: 'suspended' }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (ready?.status === 'False')
    return passing(`Flux could not upgrade it (${ready.message ?? 'it is not ready'})`)
  const isOfNow = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  const [latest] = status?.history ?? []
  return isOfNow && latest?.status === 'deployed' && isSince([latest.lastDeployed], changedAt)
    ? { kind: 'keeps' }
    : lasting('nothing was released since, and the next upgrade brings what Git has')
}

/** Both are told to the second. */
const isSince = (times: readonly (string | undefined)[], changedAt: number): boolean =>
  times.some((time) => time !== undefined && Date.parse(time) > changedAt)

const passing = (why: string): Kept => ({ kind: 'unknown', why, isLasting: false })
const lasting = (why: string): Kept => ({ kind: 'unknown', why, isLasting: true })

async function read<Item>(
  api: KubernetesApi,
  at: OwnerPlace,
  as: Parameters<typeof api.get<Item>>[1],
  signal: AbortSignal,
): Promise<Item | string> {
  const found = await api.get(ownerPath(at), as, signal).catch(orWhy)
  return found ?? `there is no such ${at.kind}`
}
