import type { Measured } from '#domain/assessment/assess.ts'
import type { Curve } from '#domain/assessment/curve.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import { onsetOf } from '#domain/assessment/onset.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import { compareCanary } from './compare-canary.ts'
import { curveOf } from './curves.ts'
import { alsoChanged } from './also-changed.ts'
import { neighbours } from './neighbours.ts'
import { type InstancesRead, readInstances } from './instances.ts'
import { metricReadings } from './readings.ts'
import { lookAt } from './tell.ts'
import { deadline, within } from './within.ts'
import { wayBackOf } from './way-back.ts'
import type { World } from './world.ts'

type Ports = Pick<
  World,
  'catalogue' | 'timeline' | 'executors' | 'metrics' | 'policy' | 'ids' | 'patience' | 'revisions'
>

/** The person waits for an answer within three seconds. What the rest is measured by has to come first, and leaves it time. */
const usual = { firstMs: 1_200, restMs: 2_200 }
/** What the picture shows. */
const drawn = minutes(60)

export interface Looked {
  readonly measured: Measured
  readonly curves: readonly Curve[]
}

/**
 * Looks at a service from every side at once. What has not answered by its deadline is unknown and says so; it holds up nothing
 * else. Reads only; safe to repeat.
 */
export async function measureService(
  ports: Ports,
  service: Service,
  {
    now,
    startedAt,
    canary = false,
  }: {
    readonly now: Instant
    readonly startedAt: Instant | undefined
    /** Whether a canary is compared with what runs beside it. */
    readonly canary?: boolean
  },
): Promise<Looked> {
  const limits = limitsFor(ports.policy, service.id)
  const { patience = 1 } = ports
  const [firstMs, restMs] = [usual.firstMs * patience, usual.restMs * patience]
  const [soon, late] = [deadline(firstMs), deadline(restMs)]
  const window = { from: instant(now - drawn), to: now }
  const platform = within(firstMs, lookAt(ports, service, late), (why) => ({
    why: `${service.targets[0]?.title ?? service.id} gave ${why}`,
  }))
  const shown = readInstances(ports, service, { now, limits, observed: platform }, late)
  const failing = curveOf(ports.metrics, service, 'error-rate', window, soon)
  const slow = curveOf(ports.metrics, service, 'p95', window, late)
  const changed = within(
    restMs,
    alsoChanged(ports, service, now, late).catch(() => undefined),
    () => undefined,
  )
  const beside = neighbours(ports, service, window, limits, late)
  const comparing = canary ? compareCanary(ports, service, now, late) : undefined
  const back = within(
    restMs,
    platform.then((seen) => wayBackOf(ports, service, now, late, seen)),
    (why) => ({ kind: 'unknown', why: `the platform gave ${why}` }) as const,
  )

  const [seen, errors] = await Promise.all([platform, failing])
  const running = 'observed' in seen ? seen.observed.running : undefined
  const wrongSince = onsetOf(errors.points, limits.bands.errorRate.medium)
  const [metrics, p95, dependencies, also, wayBack, compared, instances] = await Promise.all([
    metricReadings(
      ports,
      { service, running, now, startedAt: startedAt ?? wrongSince ?? now },
      late,
    ),
    slow,
    beside,
    changed,
    back,
    comparing,
    shown,
  ])
  const readings = [...metrics, ...instances.readings]
  const isWorse = compared?.isAlone ?? false
  const slowSince = onsetOf(p95.points, slowLimit(readings, limits))
  return {
    measured: {
      tier: service.tier,
      readings,
      circumstances: {
        now,
        deployed: running
          ? { version: running.name, at: running.since, orEarlier: running.orEarlier ?? false }
          : null,
        onset: earlier(wrongSince, slowSince),
        dependencies,
        ...(also ? { alsoChanged: also } : {}),
        baselineSuffers: besideSuffers(compared, instances),
        ...(isWorse ? { onlyCanary: 'only the canary suffers, what runs beside it does not' } : {}),
      },
      wayBack,
      isolatedToCanary: isWorse,
      ...(compared ? { canary: compared } : {}),
      ...(instances.written.length > 0 ? { written: instances.written } : {}),
    },
    curves: [errors, p95].map((curve) => withNormal(curve, readings)),
  }
}

/** What runs beside the new version and fails as it does has another cause (policy §4: readiness failing on the baseline, too). */
const besideSuffers = (compared: Measured['canary'], { othersFail }: InstancesRead): true | null =>
  compared?.judgement.verdict === 'external_factor' || (othersFail === true && !compared?.isAlone)
    ? true
    : null

type Readings = Measured['readings']

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
