import { z } from 'zod'
import type { Metrics, Window } from '#ports/metrics.ts'
import { askedOnce, metricsFrom, type Reached } from './asked-source.ts'
import type { Series } from './measured.ts'

/** `GET /api/v1/query`: HTTP 200 also where `status` says that it went wrong. */
const Answer = z.object({
  status: z.string().optional(),
  error: z.string().nullish(),
  errors: z.array(z.string()).nullish(),
  series: z
    .array(
      z.object({
        /** Milliseconds, and null where nothing was sent. A point stands at the beginning of its interval. */
        pointlist: z.array(z.tuple([z.number(), z.number().nullable()])).default([]),
        interval: z.number().nullish(),
      }),
    )
    .nullish(),
})

export interface DatadogOptions extends Reached {
  /** `https://api.datadoghq.eu`. */
  readonly url: string
  readonly apiKey: string
  readonly appKey: string
}

/** With less than this share of the points a window is not measured. */
const enough = 0.5
const longestError = 300

/** Measures with Datadog. `$window` in a query becomes seconds, as `.rollup(sum, $window)` takes them. */
export function datadog(options: DatadogOptions): Metrics {
  return metricsFrom({
    name: 'Datadog',
    text: (query, step) => query.replaceAll('$window', String(step)),
    series: (query, window, step, abort) => points(options, query, window, step, abort),
    async number(query, window, abort) {
      const found = await points(options, query, window, undefined, abort)
      if (found.kind !== 'series') return found
      const sum = found.values.reduce((total, [, value]) => total + value, 0)
      return { kind: 'number', value: sum / found.values.length }
    },
  })
}

/** With `step`, points that are missing are missing; without, the window is one, and too few of them say nothing. */
async function points(
  options: DatadogOptions,
  query: string,
  { from, to }: Window,
  step: number | undefined,
  abort: AbortSignal,
): Promise<Series> {
  const { url: base, apiKey, appKey } = options
  const url = new URL('/api/v1/query', base)
  // The end is not a part of the time that is asked for.
  url.searchParams.set('from', String(Math.floor(from / 1_000_000)))
  url.searchParams.set('to', String(Math.ceil(to / 1_000_000)))
  url.searchParams.set('query', query)
  const headers = { 'dd-api-key': apiKey, 'dd-application-key': appKey }
  const asked = await askedOnce(url, Answer, { headers }, options, abort)
  if (asked.kind === 'failed') return asked
  const { status, error, errors, series } = asked.answer
  const complaint = error || errors?.join('; ')
  if (complaint || (status !== undefined && status !== 'ok'))
    return { kind: 'failed', why: (complaint ?? `it says ${status}`).slice(0, longestError) }
  const [first, ...more] = series ?? []
  if (!first) return { kind: 'nothing' }
  if (more.length > 0)
    return {
      kind: 'failed',
      why: `the query returns ${more.length + 1} series; it must return one`,
    }
  const all = first.pointlist
  const length = step ?? first.interval ?? 0
  const values = all.flatMap(([at, value]) =>
    value === null ? [] : [[at / 1_000 + length, value] as const],
  )
  if (values.length === 0) return { kind: 'nothing' }
  return step === undefined && values.length < all.length * enough
    ? { kind: 'failed', why: `only ${values.length} of ${all.length} points have a value` }
    : { kind: 'series', values }
}
