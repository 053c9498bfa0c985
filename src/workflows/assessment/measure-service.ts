import type { Measured } from '#domain/assessment/assess.ts'
import type { Curve } from '#domain/assessment/curve.ts'
import { limitsFor } from '#domain/assessment/limits.ts'
import type { Circumstances } from '#domain/assessment/origin.ts'
import { onsetOf } from '#domain/assessment/onset.ts'
import type { AssessmentPolicy } from '#domain/assessment/policy.ts'
import type { Service } from '#domain/service.ts'
import { type Instant, instant, minutes } from '#domain/time.ts'
import { besideCanary } from '#domain/assessment/beside-canary.ts'
import { mayServe } from '#domain/assessment/canary-findings.ts'
import { compareCanary } from './compare-canary.ts'
import { curveOf } from './curves.ts'
import { alsoChanged } from './also-changed.ts'
import { neighbours } from './neighbours.ts'
import { readInstances } from './instances.ts'
import { metricReadings } from './readings.ts'
import { lookAt } from '#workflows/tell.ts'
import { deadline, within } from '#workflows/within.ts'
import { wayBackOf } from '#workflows/planning/way-back.ts'
import type { World } from '#workflows/world.ts'

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
    /** Somebody asked about the canary: told also where none serves. One that serves is compared with what runs beside it anyway. */
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
  const around = neighbours(ports, service, window, limits, late)
  const comparing = canary || service.canary ? compareCanary(ports, service, now, late) : undefined
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
    around,
    changed,
    back,
    comparing,
    shown,
  ])
  const readings = [...metrics, ...instances.readings]
  const told = compared && (canary || mayServe(compared)) ? compared : undefined
  const { othersFail } = instances
  const beside = besideCanary(told, { readings, othersFail }, limits)
  const began = earliestOf([
    { at: onsetOf(errors.points, failingLimit(readings, limits)) ?? wrongSince, of: errors },
    { at: onsetOf(p95.points, slowLimit(readings, limits)), of: p95 },
  ])
  return {
    measured: {
      tier: service.tier,
      readings,
      circumstances: {
        now,
        deployed: running
          ? { version: running.name, at: running.since, orEarlier: running.orEarlier ?? false }
          : null,
        ...began,
        dependencies,
        ...(also ? { alsoChanged: also } : {}),
        ...beside,
      },
      wayBack,
      isolatedToCanary: beside.onlyCanary !== undefined,
      ...(told ? { canary: told } : {}),
      ...(instances.written.length > 0 ? { written: instances.written } : {}),
    },
    curves: [errors, p95].map((curve) => withNormal(curve, readings)),
  }
}

type Readings = Measured['readings']

function normalOf(readings: Readings, signal: Curve['signal']): number | null {
  const found = readings.find((reading) => reading.signal === signal)
  return found?.answer.kind === 'value' ? (found.answer.normal?.value ?? null) : null
}

const withNormal = (curve: Curve, readings: Readings): Curve => ({
  ...curve,
  normal: normalOf(readings, curve.signal),
})

/** What fails more than is borne as a rule has gone wrong where it left that, too. */
function failingLimit(readings: Readings, { bands, comparison }: AssessmentPolicy): number {
  const normal = normalOf(readings, 'error-rate') ?? 0
  return Math.max(bands.errorRate.medium, normal * comparison.times)
}

/** Without a normal nothing is slow. */
function slowLimit(readings: Readings, { bands }: AssessmentPolicy): number {
  const normal = normalOf(readings, 'p95')
  return normal === null ? Number.POSITIVE_INFINITY : normal * bands.p95.high
}

/** When it began; what was bad from the first point on may have begun before it. */
function earliestOf(
  all: readonly { readonly at: Instant | null; readonly of: Curve }[],
): Pick<Circumstances, 'onset' | 'onsetOrEarlier'> {
  const [first] = all
    .flatMap(({ at, of }) => (at === null ? [] : [{ at, of }]))
    .toSorted((one, other) => one.at - other.at)
  if (!first) return { onset: null }
  const seen = first.of.points.find(({ value }) => value !== null)
  return { onset: first.at, ...(seen?.at === first.at ? { onsetOrEarlier: true } : {}) }
}
