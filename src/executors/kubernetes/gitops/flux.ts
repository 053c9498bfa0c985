import type { KubernetesParts } from '../context.ts'
import type { Metadata } from '../objects.ts'
import { fluxNeeds } from '../rights.ts'
import type { KubernetesTarget } from '../schema.ts'
import { orWhy } from './argo-cd.ts'
import type { Claim } from './claims.ts'
import { whyNotPaused } from './may-pause.ts'
import { HelmRelease } from './objects.ts'
import { isLeftAloneByFlux, ownerPath } from './owner-object.ts'
import type { GitOpsOwner } from './owner.ts'
import { isBehind } from './sync-change.ts'

type Of<By extends Claim['by']> = Extract<Claim, { by: By }>

/** Flux applies what Git has to each object that does not say otherwise: so the workload alone is paused, and nothing beside it. */
export function kustomizationOwner(
  { cluster }: Pick<KubernetesTarget, 'cluster'>,
  metadata: Metadata,
  { namespace, name }: Of<'flux'>,
): GitOpsOwner {
  return {
    tool: 'Flux',
    name: `Kustomization ${namespace}/${name}`,
    at: { kind: 'kustomization', cluster, namespace, name },
    syncs: isLeftAloneByFlux(metadata)
      ? { kind: 'paused' }
      : {
          kind: 'by_itself',
          pause: { kind: 'set_reconcile' },
          others: [],
        },
  }
}

/** A release that is suspended installs, upgrades and corrects nothing, once its controller has seen that. */
export async function helmOwner(
  parts: KubernetesParts,
  target: KubernetesTarget,
  { namespace, name }: Of<'flux-helm'>,
  signal: AbortSignal,
): Promise<GitOpsOwner> {
  const at = { kind: 'helmrelease', cluster: target.cluster, namespace, name } as const
  const said = { tool: 'Flux', name: `HelmRelease ${namespace}/${name}`, at } as const
  const api = parts.clusters.get(target.cluster)
  const found = await api?.get(ownerPath(at), HelmRelease, signal).catch(orWhy)
  if (!api || !found || typeof found === 'string') {
    const why = typeof found === 'string' ? found : 'there is no such HelmRelease'
    return { ...said, syncs: { kind: 'unknown', why } }
  }
  if (found.spec.suspend)
    return { ...said, syncs: { kind: isBehind(found) ? 'under_way' : 'paused' } }
  const why = await whyNotPaused(api, target, at, fluxNeeds.pause, signal)
  if (why !== undefined) return { ...said, syncs: { kind: 'unstoppable', why } }
  const owner = { ...at, uid: found.metadata.uid }
  return {
    ...said,
    syncs: {
      kind: 'by_itself',
      pause: { kind: 'set_sync', owner, automated: null },
      others: otherWorkloads(found, target),
    },
  }
}

const workloads: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout']

/** Its inventory names each object `namespace_name_group_Kind`; helm-controllers before v1.5 write none. */
function otherWorkloads({ status }: HelmRelease, target: KubernetesTarget): readonly string[] {
  if (!status?.inventory) return ['whatever else it releases']
  return status.inventory.entries.flatMap(({ id }) => {
    const [namespace = '', name = '', , kind = ''] = id.split('_')
    const isItself =
      namespace === target.namespace && name === target.name && kind.toLowerCase() === target.kind
    return workloads.includes(kind) && !isItself ? [`${kind.toLowerCase()} ${name}`] : []
  })
}
