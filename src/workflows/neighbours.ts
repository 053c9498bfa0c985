import { onsetOf } from '#domain/assessment/onset.ts'
import type { Neighbour } from '#domain/assessment/origin.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Window } from '#ports/metrics.ts'
import { curveOf } from './curves.ts'
import type { World } from './world.ts'

/** How the services are that this one needs: sick when as many requests fail as would be medium, and since when. */
export async function neighbours(
  { catalogue, metrics }: Pick<World, 'catalogue' | 'metrics'>,
  { dependsOn }: Service,
  window: Window,
  limits: AssessmentPolicy,
  abort: AbortSignal,
): Promise<readonly Neighbour[]> {
  return Promise.all(dependsOn.map(async (id) => neighbour(id, catalogue.get(id))))

  async function neighbour(id: ServiceId, service: Service | undefined): Promise<Neighbour> {
    const { points } = service
      ? await curveOf(metrics, service, 'error-rate', window, abort)
      : { points: [] }
    if (!points.some(({ value }) => value !== null))
      return { service: id, state: 'unknown', since: null }
    const since = onsetOf(points, limits.bands.errorRate.medium)
    return { service: id, state: since === null ? 'healthy' : 'sick', since }
  }
}
