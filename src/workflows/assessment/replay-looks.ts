import type { Measured } from '#domain/assessment/assess.ts'
import type { AssessmentEventOf } from '#domain/assessment/events.ts'
import { askedOf, type Reading, type Signal, signals } from '#domain/assessment/reading.ts'
import type { Look, Trouble } from '#domain/assessment/replay.ts'
import type { MeasuredTime } from '#domain/automation/replay.ts'
import type { ServiceId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import { signalNames, type SignalQueries } from '#domain/signals.ts'
import { hours, type Instant, instant, type Micros, plus } from '#domain/time.ts'
import type { Curve, Window } from '#ports/metrics.ts'
import { brokenIn } from './broken-times.ts'
import type { World } from '#workflows/world.ts'

/** More than a service has in a year that can still be looked through. */
const mostIncidents = 200

export interface Past {
  readonly looks: readonly Look[]
  readonly troubles: readonly Trouble[]
}

/** What was assessed of a service, and when it was in trouble, by the record. Writes nothing. */
export async function recordedPast(
  { assessments, timeline }: Pick<World, 'assessments' | 'timeline'>,
  service: ServiceId,
  { from, to }: Window,
): Promise<Past> {
  const [history, incidents] = await Promise.all([
    assessments.between(service, from, to),
    timeline.recentIncidents(service, mostIncidents),
  ])
  const assessed = history.flatMap(({ event }) => (event.kind === 'assessed' ? [event] : []))
  const streams = [...new Set(assessed.map(({ assessment }) => assessment))]
  const denied = new Set<string>()
  for (const stream of streams)
    if ((await timeline.read(stream)).some(({ event }) => event.kind === 'no_incident_said'))
      denied.add(stream)
  const troubles = await Promise.all(
    incidents.map(async (incident) =>
      brokenIn(await timeline.read(incident)).map((time) => ({ incident, ...time })),
    ),
  )
  return {
    looks: assessed.map((event) => lookOf(event, denied.has(event.assessment))),
    troubles: troubles
      .flat()
      .filter((time) => time.from < to && time.to >= from)
      .toSorted((one, other) => one.from - other.from),
  }
}

const lookOf = (
  { measured, statements, found }: AssessmentEventOf<'assessed'>,
  isDenied: boolean,
): Look => ({
  measured,
  statements,
  then: { advice: found.advice, severity: found.severity },
  isDenied,
})

/**
 * What metrics say of a time that is over, as if somebody had looked every `every`: each look over the time since the one before.
 * Normal is the hour before all of it. What was deployed, what the platform showed and what people said is not known then.
 */
export async function measuredPast(
  { metrics }: Pick<World, 'metrics'>,
  service: Service,
  { from, to }: Window,
  every: Micros,
  abort: AbortSignal,
): Promise<MeasuredTime & { readonly why: readonly string[] }> {
  const before = { from: instant(from - hours(1)), to: from }
  const curves = await Promise.all(
    signalNames
      .filter((query) => service.signals[query] !== undefined)
      .map(async (query) => ({
        query,
        signal: assessedAs(query),
        source: metrics.sourceOf?.(service, query) ?? metrics.source,
        curve: await metrics.curve(service, query, { from, to }, every, abort),
        normal: await metrics.measure(service, query, before, abort),
      })),
  ).then((all) => all.map((one) => ({ ...one, values: valuesOf(one.curve) })))
  const rates = curves.find(({ query }) => query === 'throughput')?.values
  const moments = Array.from({ length: Math.floor((to - from) / every) }, (_, index) =>
    plus(from, ((index + 1) * every) as Micros),
  )
  const looks = moments.map((now): Look => {
    const rate = rates?.get(now) ?? null
    const readings = curves.flatMap(
      ({ signal, source, curve, normal, values }): readonly Reading[] => {
        if (signal === undefined) return []
        const value = values.get(now) ?? null
        const about = {
          signal,
          source,
          query: 'query' in curve ? curve.query : '',
          from: instant(now - every),
          to: now,
        }
        if (curve.kind === 'unavailable')
          return [{ ...about, answer: { kind: 'unavailable', why: curve.why } }]
        if (value === null) return [{ ...about, answer: { kind: 'no_data' } }]
        const requests = rate === null ? null : Math.round((rate * every) / 1_000_000)
        const usual =
          normal.kind === 'value'
            ? { value: normal.value, requests: normal.requests ?? null, of: 'hour-before' as const }
            : null
        return [{ ...about, answer: { kind: 'value', value, requests, normal: usual } }]
      },
    )
    return { measured: seenAt(service, now, readings), statements: [], then: null, isDenied: false }
  })
  const series = curves.flatMap(({ query, source, curve, values }) => {
    if (curve.kind !== 'points') return []
    const at = moments.map((now) => values.get(now) ?? null)
    return [[query, { source, query: curve.query, values: at }] as const]
  })
  const why = curves.flatMap(({ query, signal, source, curve }) =>
    curve.kind === 'unavailable' ? [`${signal ?? query}: ${source} – ${curve.why}`] : [],
  )
  return { looks, series: new Map(series), every, why }
}

/** What an assessment reads in it; some are for automation alone. */
const assessedAs = (query: keyof SignalQueries): Signal | undefined =>
  signals.find((signal) => askedOf(signal) === query)

const valuesOf = (curve: Curve): ReadonlyMap<Instant, number | null> =>
  new Map(curve.kind === 'points' ? curve.points.map(({ at, value }) => [at, value]) : [])

const seenAt = ({ tier }: Service, now: Instant, readings: readonly Reading[]): Measured => ({
  tier,
  readings,
  circumstances: { now, deployed: null, onset: null, dependencies: [], baselineSuffers: null },
  wayBack: { kind: 'unknown', why: 'it was not looked for' },
  isolatedToCanary: false,
})
