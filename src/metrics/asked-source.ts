import type { z } from 'zod'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { instant, plus, type Micros } from '#domain/time.ts'
import type { Curve, Measurement, Metrics, Window } from '#ports/metrics.ts'
import { addressesOf, NotToBeAsked, type Resolve, resolveAll } from '#addresses.ts'
import { whyNoAnswer } from '#no-answer.ts'
import {
  measurement,
  plausible,
  pointsIn,
  type Reading,
  secondsOf,
  type Series,
} from './measured.ts'
import { type PinnedRequest, pinnedRequest } from '#pinned-request.ts'

/** How a system is asked that answers with a series of points. */
export interface Asking {
  /** As people call it. */
  readonly name: string
  /** What a service's query becomes for a window that is cut into steps of so many seconds. */
  text(query: string, step: number): string
  /** The points of the window, each at the end of its step. */
  series(query: string, window: Window, step: number, abort: AbortSignal): Promise<Series>
  /** One figure for the whole window. */
  number(query: string, window: Window, abort: AbortSignal): Promise<Reading>
}

/** Measures with a system that is asked so. What tells a canary from what runs beside it is Prometheus' own. */
export function metricsFrom({ name, text, series, number }: Asking): Metrics {
  const queryFor = ({ signals }: Service, signal: keyof SignalQueries, step: number) => {
    const query = signals[signal]
    return query === undefined ? undefined : text(query, Math.max(1, Math.ceil(step)))
  }
  return {
    source: name,

    async measure(service, signal, window, abort): Promise<Measurement> {
      const query = queryFor(service, signal, secondsOf(window))
      if (query === undefined) return { kind: 'not_configured' }
      if (secondsOf(window) <= 0) return { kind: 'no_data', query }
      const throughput = queryFor(service, 'throughput', secondsOf(window))
      const [reading, rate] = await Promise.all([
        number(query, window, abort),
        throughput === undefined || signal === 'throughput'
          ? undefined
          : number(throughput, window, abort),
      ])
      return measurement(signal, query, reading, signal === 'throughput' ? reading : rate, window)
    },

    async curve(service, signal, window, step, abort): Promise<Curve> {
      const seconds = step / 1_000_000
      const query = queryFor(service, signal, seconds)
      if (query === undefined) return { kind: 'not_configured' }
      const found = await series(query, window, seconds, abort)
      if (found.kind === 'failed') return { kind: 'unavailable', why: found.why, query }
      if (found.kind === 'nothing') return { kind: 'no_data', query }
      const start = window.from / 1_000_000
      const values = new Map(
        found.values.map(([at, value]) => [Math.round((at - start) / seconds), value]),
      )
      const points = Array.from({ length: pointsIn(window, seconds) }, (_, index) => ({
        at: instant(plus(window.from, (index * step) as Micros)),
        value: plausible(signal, values.get(index)),
      }))
      return { kind: 'points', points, query }
    },

    counts: async () => ({ kind: 'not_configured' }),
  }
}

export interface Reached {
  readonly timeoutMs?: number | undefined
  readonly resolve?: Resolve | undefined
}

const answerLimit = 1024 * 1024

/** Asks once, at the addresses that were checked, and reads the answer by `as`. Never throws. */
export async function askedOnce<Answer>(
  url: URL,
  as: z.ZodType<Answer>,
  request: Pick<PinnedRequest, 'headers' | 'json'>,
  { timeoutMs = 5_000, resolve = resolveAll }: Reached,
  abort: AbortSignal,
): Promise<
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly why: string }
> {
  const signal = AbortSignal.any([abort, AbortSignal.timeout(timeoutMs)])
  try {
    const addresses = await addressesOf(url.hostname, resolve, signal)
    const { status, text, isCut } = await pinnedRequest(url, addresses, {
      signal,
      limit: answerLimit,
      ...request,
      headers: { accept: 'application/json', ...request.headers },
    })
    if (isCut) return { kind: 'failed', why: 'the answer is longer than 1 MB' }
    const why = refusals[status]
    if (why !== undefined) return { kind: 'failed', why: `answered ${status}: ${why}` }
    const answer = as.safeParse(parsed(text))
    return answer.success
      ? { kind: 'answer', answer: answer.data }
      : { kind: 'failed', why: `answered ${status} with something that is not its format` }
  } catch (error) {
    const why =
      error instanceof NotToBeAsked
        ? error.message
        : whyNoAnswer(signal.aborted ? signal.reason : error, timeoutMs)
    return { kind: 'failed', why }
  }
}

const refusals: Readonly<Record<number, string>> = {
  401: 'the key is not known there',
  403: 'the key may not do this',
  429: 'it is asked too often',
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
