import type { KubernetesParts } from '../context.ts'
import type { Workload } from '../objects.ts'
import type { KubernetesTarget } from '../schema.ts'
import { argoOwner } from './argo-cd.ts'
import { type Claim, claimsOf } from './claims.ts'
import { helmOwner, kustomizationOwner } from './flux.ts'
import type { GitOpsOwner } from './owner.ts'

/** Everybody who brings this workload what Git has, and whether they do so by themselves. Asks nothing where the workload names nobody. */
export async function syncOwners(
  parts: KubernetesParts,
  target: KubernetesTarget,
  { metadata }: Workload,
  signal: AbortSignal,
): Promise<readonly GitOpsOwner[]> {
  const owner = async (claim: Claim): Promise<GitOpsOwner | undefined> => {
    switch (claim.by) {
      case 'argo-cd':
        return argoOwner(parts, target, claim, signal)
      case 'flux':
        return kustomizationOwner(target, metadata, claim)
      case 'flux-helm':
        return helmOwner(parts, target, claim, signal)
    }
  }
  const found = await Promise.all(claimsOf(target, metadata).map(owner))
  return found.filter((one) => one !== undefined)
}
