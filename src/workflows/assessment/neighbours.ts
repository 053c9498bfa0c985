import type { Curve } from '#domain/assessment/curve.ts'
import { onsetOf } from '#domain/assessment/onset.ts'
import type { Neighbour } from '#domain/assessment/origin.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import type { Window } from '#ports/metrics.ts'
import { curveOf } from './curves.ts'
import type { World } from '#workflows/world.ts'

/**
 * How the services are that this one needs: sick when as many requests fail as would be medium, and since when. One that is measured by
 * this one's own figures, as a database often is, is no witness: nothing is known of it.
 */
export async function neighbours(
  { catalogue, metrics }: Pick<World, 'catalogue' | 'metrics'>,
  { dependsOn, signals: own }: Service,
  window: Window,
  limits: AssessmentPolicy,
  abort: AbortSignal,
): Promise<readonly Neighbour[]> {
  return Promise.all(dependsOn.map(async (id) => neighbour(id, catalogue.get(id))))

  async function neighbour(id: ServiceId, service: Service | undefined): Promise<Neighbour> {
    const { points } =
      service && service.signals.errorRate !== own.errorRate
        ? await curveOf(metrics, service, 'error-rate', window, abort)
        : { points: [] }
    if (!points.some(({ value }) => value !== null))
      return { service: id, state: 'unknown', since: null }
    return { service: id, ...stateOf(points, limits) }
  }
}

/** What was sick when the oldest figure was taken is so since it became worse than that; where it never did, it is as always. */
function stateOf(
  points: Curve['points'],
  { bands, comparison }: AssessmentPolicy,
): Omit<Neighbour, 'service'> {
  const { medium } = bands.errorRate
  const since = onsetOf(points, medium)
  if (since === null) return { state: 'healthy', since }
  const values = points.filter(({ value }) => value !== null)
  if (since !== values[0]?.at) return { state: 'sick', since }
  const worse = onsetOf(points, Math.max(medium, usualOf(values) * comparison.times))
  return worse === null || worse === since
    ? { state: 'sick', since, asAlways: true }
    : { state: 'sick', since: worse }
}

/** Of the older half: what came lately is what is asked about. */
function usualOf(values: Curve['points']): number {
  const older = values.slice(0, Math.ceil(values.length / 2)).map(({ value }) => value ?? 0)
  return older.toSorted((one, other) => one - other)[Math.floor(older.length / 2)] ?? 0
}
