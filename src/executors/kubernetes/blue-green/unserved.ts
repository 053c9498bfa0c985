import { Superseded } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import { labelsOf } from '../canary/plain-template.ts'
import { KubernetesService, type Workload } from '../objects.ts'
import type { ChangeOf } from '../schema.ts'
import { selects } from '../verify.ts'
import { servicePath } from './colours.ts'

/** Throws `Superseded` where a change of the number of pods is meant for a colour without requests, and somebody has sent it some meanwhile. */
export async function mustBeUnserved(
  api: KubernetesApi,
  { target, unserved }: ChangeOf<'set_replicas'>,
  workload: Workload,
  signal: AbortSignal,
): Promise<void> {
  if (!unserved) return
  const service = await api.get(servicePath(target, unserved), KubernetesService, signal)
  if (service && selects(service.spec.selector ?? {}, labelsOf(workload)))
    throw new Superseded(`Service ${unserved} sends its requests to ${target.name} by now`)
}
