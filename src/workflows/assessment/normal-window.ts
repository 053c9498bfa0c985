import type { NormalOf } from '#domain/incident/normal.ts'
import type { Revision } from '#domain/rollback/revision.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { earliest, hours, type Instant, instant } from '#domain/time.ts'
import type { Measurement, Metrics, Window } from '#ports/metrics.ts'

export interface NormalWindow extends Window {
  readonly of: NormalOf
}
export type NormalMeasurement = Measurement & { readonly of?: NormalOf }

/**
 * What is compared with, the best first: the hour before the deploy, else the same hour of last week (policy §1), and never a
 * part of an incident: what was shipped while the service was broken has an hour before it that is not normal. A start long
 * before the deploy says nothing of it. Where nobody saw the version begin, it may itself have run in that hour.
 */
export function normalWindows(
  { since, orEarlier }: Pick<Revision, 'since' | 'orEarlier'>,
  startedAt: Instant,
  broken: readonly Window[],
): readonly NormalWindow[] {
  const isNear = startedAt >= since - hours(24)
  const end = isNear ? earliest(since, startedAt) : since
  const lastWeek = instant(end - hours(7 * 24))
  const choices = [
    ...(orEarlier ? [] : [hourTo(end, 'hour-before')]),
    ...(startedAt >= lastWeek ? [hourTo(lastWeek, 'last-week')] : []),
  ]
  return choices.filter(
    (hour) => !broken.some((time) => time.from < hour.to && time.to > hour.from),
  )
}

const hourTo = (to: Instant, of: NormalOf): NormalWindow => ({
  from: instant(to - hours(1)),
  to,
  of,
})

/** Measures the first window that holds enough to call it normal; `no_data` when none does. What did not answer may do so yet: it is not passed over. */
export async function measureNormal(
  metrics: Metrics,
  {
    service,
    signal,
    windows,
    minRequests,
  }: {
    readonly service: Service
    readonly signal: keyof SignalQueries
    readonly windows: readonly NormalWindow[]
    readonly minRequests: number
  },
  abort: AbortSignal,
): Promise<NormalMeasurement> {
  let last: NormalMeasurement = { kind: 'no_data', query: service.signals[signal] ?? '' }
  for (const { of, ...window } of windows) {
    const measured = await metrics.measure(service, signal, window, abort)
    if (measured.kind === 'value' && isEnough(measured, service, minRequests))
      return { ...measured, of }
    if (measured.kind !== 'value' && measured.kind !== 'no_data') return measured
    last = { kind: 'no_data', query: measured.query }
  }
  return last
}

/** A few requests of a quiet hour are no normal; where traffic is measured, they must be known. */
const isEnough = (
  { requests }: Extract<Measurement, { kind: 'value' }>,
  { signals }: Service,
  minRequests: number,
): boolean => (requests === undefined ? signals.throughput === undefined : requests >= minRequests)
