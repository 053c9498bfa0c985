import type { Shortcoming } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import type { Workload } from '../objects.ts'
import type { KubernetesTarget } from '../schema.ts'
import { readWorkload } from '../workload.ts'
import { sharedServices } from './plain-look.ts'

/** What would keep the canary beside a Deployment from being moved. One may be made only while it is needed. */
export async function canaryObstacles(
  api: KubernetesApi,
  target: KubernetesTarget,
  stable: Workload,
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  if (!target.canary) return []
  const { deployment } = target.canary
  const canary = await readWorkload(api, { ...target, name: deployment }, signal)
  if (!canary)
    return [
      {
        kind: 'choice',
        text: `has no canary now: there is no deployment ${deployment} in ${target.namespace}`,
        remedy: 'nothing, where deploys make it; otherwise correct the name in the configuration',
      },
    ]
  const services = await sharedServices(api, target, stable, canary, signal)
  return services.length > 0
    ? []
    : [
        {
          kind: 'limits',
          text: `cannot have its canary moved: no Service selects the pods of both ${target.name} and ${deployment}`,
          remedy: 'give both a label in common and let the Service select by it',
        },
      ]
}
