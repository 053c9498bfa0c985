import { assess } from '#domain/assessment/assess.ts'
import { onsetOf } from '#domain/assessment/onset.ts'
import type { Circumstances } from '#domain/assessment/origin.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Curve } from '#domain/assessment/curve.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { nearestNames } from '#domain/catalogue.ts'
import type { ServiceId } from '#domain/ids.ts'
import { incidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import { curveOf } from './curves.ts'
import { neighbours } from './neighbours.ts'
import { metricReadings, platformReadings } from './readings.ts'
import { lookAt } from './tell.ts'
import { wayBackOf } from './way-back.ts'
import type { World } from './world.ts'

type Ports = Pick<World, 'catalogue' | 'timeline' | 'executors' | 'metrics' | 'policy' | 'ids'>

/** What has not answered by then is unknown: the person waits for an answer within three seconds. */
const deadlineMs = 2_000
/** What the picture shows. */
const shown = minutes(60)

/** Says how bad it is with a service, what to do and why. Reads only, changes nothing; safe to repeat. */
export async function assessService(ports: Ports, id: ServiceId): Promise<Answer> {
  const { catalogue, timeline, policy } = ports
  const service = catalogue.get(id)
  if (!service) return { kind: 'unknown_service', typed: id, nearest: nearestNames(catalogue, id) }
  const now = await timeline.now()
  const limits: AssessmentPolicy = { ...policy.assessment, bands: policy.bands }
  const abort = AbortSignal.timeout(deadlineMs)
  const window = { from: instant(now - shown), to: now }
  const [seen, wayBack, errors, p95, dependencies, startedAt] = await Promise.all([
    lookAt(ports, service, abort),
    wayBackOf(ports, service, now, abort),
    curveOf(ports.metrics, service, 'error-rate', window, abort),
    curveOf(ports.metrics, service, 'p95', window, abort),
    neighbours(ports, service, window, limits, abort),
    startOf(ports, service),
  ])
  const running = 'observed' in seen ? seen.observed.running : undefined
  const wrongSince = onsetOf(errors.points, limits.bands.errorRate.medium)
  const [measured, platform] = [
    await metricReadings(
      ports,
      { service, running, now, startedAt: startedAt ?? wrongSince ?? now },
      abort,
    ),
    platformReadings(service, seen, now),
  ]
  const slowSince = onsetOf(p95.points, slowLimit(measured, limits))
  const circumstances: Circumstances = {
    now,
    deployed: running
      ? { version: running.name, at: running.since, orEarlier: running.orEarlier ?? false }
      : null,
    onset: earlier(wrongSince, slowSince),
    dependencies,
    baselineSuffers: null,
  }
  const readings = [...measured, ...platform]
  const assessment = assess(
    {
      tier: service.tier,
      readings,
      statements: [],
      circumstances,
      wayBack,
      isolatedToCanary: false,
      fix: null,
    },
    limits,
  )
  return {
    kind: 'assessed',
    service: id,
    now,
    running,
    readings,
    wayBack,
    dependencies,
    assessment,
    curves: [errors, p95].map((curve) => withNormal(curve, readings)),
  }
}

async function startOf({ timeline }: Ports, service: Service): Promise<Instant | undefined> {
  const [open] = await timeline.openIncidents(service.id)
  return open === undefined ? undefined : incidentState(await timeline.read(open))?.startedAt
}

type Readings = Awaited<ReturnType<typeof metricReadings>>

function normalOf(readings: Readings, signal: Curve['signal']): number | null {
  const found = readings.find((reading) => reading.signal === signal)
  return found?.answer.kind === 'value' ? (found.answer.normal?.value ?? null) : null
}

const withNormal = (curve: Curve, readings: Readings): Curve => ({
  ...curve,
  normal: normalOf(readings, curve.signal),
})

/** Without a normal nothing is slow. */
function slowLimit(readings: Readings, { bands }: AssessmentPolicy): number {
  const normal = normalOf(readings, 'p95')
  return normal === null ? Number.POSITIVE_INFINITY : normal * bands.p95.high
}

const earlier = (one: Instant | null, other: Instant | null): Instant | null =>
  one === null || other === null ? (one ?? other) : instant(Math.min(one, other))
