import { allowed } from '../access.ts'
import type { KubernetesApi } from '../api.ts'
import { type Need, resourceText } from '../rights.ts'
import type { KubernetesTarget, Owner } from '../schema.ts'

/** Why the credential may not pause it, where it may not; asked of the cluster that has the object. */
export async function whyNotPaused(
  api: KubernetesApi,
  target: KubernetesTarget,
  { namespace, name }: Omit<Owner, 'uid'>,
  need: Need,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { verb, role } = need
  return (await allowed(api, { ...target, namespace }, { ...need, name }, signal))
    ? undefined
    : `may not ${verb} ${resourceText(need)} in ${namespace} (Role ${role} of deploy/gitops.yaml)`
}
