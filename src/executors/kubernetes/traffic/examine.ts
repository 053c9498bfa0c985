import type { Shortcoming } from '#ports/executor.ts'
import type { KubernetesApi } from '../api.ts'
import type { Need } from '../rights.ts'
import type { KubernetesTarget } from '../schema.ts'
import { Undivided } from './division.ts'
import { readOwnDivision, resourceOf } from './read.ts'

/** Why the traffic of a target could not be shifted although it is configured and allowed. */
export async function trafficObstacles(
  api: KubernetesApi,
  target: KubernetesTarget,
  missing: readonly Need[],
  signal: AbortSignal,
): Promise<readonly Shortcoming[]> {
  const { traffic } = target
  if (!traffic || missing.some(({ resource }) => resource === resourceOf(traffic))) return []
  try {
    await readOwnDivision(api, target, traffic, signal)
    return []
  } catch (error) {
    if (!(error instanceof Undivided)) throw error
    return [
      {
        kind: 'limits',
        text: `cannot have its traffic shifted: ${error.message}`,
        remedy:
          'correct the route or the target’s traffic in the configuration; docs/traffic.md says what is needed',
      },
    ]
  }
}
