import { type Answer, queries, type Reading, type Signal } from '#domain/assessment/reading.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { between, type Instant, instant, type Micros, minutes } from '#domain/time.ts'
import type { Observed } from '#ports/executor.ts'
import type { Measurement } from '#ports/metrics.ts'
import { brokenTimes } from './broken-times.ts'
import { measureNormal, type NormalMeasurement, normalWindows } from './normal-window.ts'
import type { World } from '#workflows/world.ts'

export type ReadingPorts = Pick<World, 'metrics' | 'policy'> & {
  readonly timeline: Pick<World['timeline'], 'recentIncidents' | 'read'>
}

interface Asked {
  readonly service: Service
  readonly running: Revision | undefined
  readonly now: Instant
  /** When it went wrong, as far as anybody knows. */
  readonly startedAt: Instant
  /** Every configured one, when left out. */
  readonly only?: readonly Signal[]
}

/** The last five minutes tell what people feel now. */
const nowWindow = minutes(5)

/** Every configured signal now, against what is normal (policy §1). What does not answer is a reading as well. */
export async function metricReadings(
  ports: ReadingPorts,
  { service, running, now, startedAt, only }: Asked,
  abort: AbortSignal,
): Promise<readonly Reading[]> {
  const broken = await brokenTimes(ports.timeline, service.id)
  const windows = running ? normalWindows(running, startedAt, broken) : []
  const from = instant(Math.max(running?.since ?? 0, now - nowWindow))
  // The version before it does not count for it: what is there to count is of seconds, at first of none.
  const youngFor = running && running.since > now - nowWindow ? between(running.since, now) : null
  const { minRequests } = ports.policy.rollback.verify
  const signals = Object.entries(queries) as readonly (readonly [Signal, keyof SignalQueries])[]
  const readings = signals
    .filter(
      ([signal, query]) => service.signals[query] !== undefined && (only?.includes(signal) ?? true),
    )
    .map(async ([signal, query]): Promise<Reading> => {
      const [present, normal] = await Promise.all([
        ports.metrics.measure(service, query, { from, to: now }, abort),
        measureNormal(ports.metrics, { service, signal: query, windows, minRequests }, abort),
      ])
      const asked = 'query' in present ? present.query : ''
      return {
        signal,
        source: ports.metrics.sourceOf?.(service, query) ?? ports.metrics.source,
        query: asked,
        from,
        to: now,
        answer: answerOf(present, normal, youngFor),
      }
    })
  return Promise.all(readings)
}

function answerOf(
  present: Measurement,
  normal: NormalMeasurement,
  /** How long the version runs, where that is shorter than what is measured otherwise. */
  youngFor: Micros | null,
): Answer {
  switch (present.kind) {
    case 'value': {
      const { value, requests = null } = present
      const usual =
        normal.kind === 'value' && normal.of
          ? { value: normal.value, requests: normal.requests ?? null, of: normal.of }
          : null
      return { kind: 'value', value, requests, normal: usual }
    }
    case 'unavailable':
      return { kind: 'unavailable', why: present.why }
    case 'no_data':
      return youngFor === null ? { kind: 'no_data' } : { kind: 'too_soon', ran: youngFor }
    case 'not_configured':
      return { kind: 'no_data' }
  }
}

/** What the platform itself shows of the instances. */
export function platformReadings(
  { targets }: Service,
  seen: { readonly observed: Observed } | { readonly why: string },
  now: Instant,
): readonly Reading[] {
  const title = targets[0]?.title ?? 'the platform'
  const about = { signal: 'not-ready', source: title, query: title, from: now, to: now } as const
  if ('why' in seen) return [{ ...about, answer: { kind: 'unavailable', why: seen.why } }]
  const { units, warnings } = seen.observed
  // The version before may serve all the while: that says nothing of the one that is coming.
  if (warnings.some(({ kind }) => kind === 'in_flight')) {
    const why = 'a deployment is under way, and its instances are not told apart'
    return [{ ...about, answer: { kind: 'unavailable', why } }]
  }
  const { count, ready } = units
  if (count === 0) return [{ ...about, answer: { kind: 'no_data' } }]
  const value = Math.max(0, 1 - ready / count)
  return [{ ...about, answer: { kind: 'value', value, requests: null, normal: null } }]
}
