import type { SignalQueries } from '#domain/signals.ts'
import { between } from '#domain/time.ts'
import type { Measurement, Window } from '#ports/metrics.ts'

/** Nothing at all, or the reason why nothing is known. */
export type Nothing =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly why: string }
/** One number. */
export type Reading = { readonly kind: 'number'; readonly value: number } | Nothing
/** One series: Unix seconds and values, without those that are no number. */
export type Series =
  | { readonly kind: 'series'; readonly values: readonly (readonly [number, number])[] }
  | Nothing

export const secondsOf = ({ from, to }: Window): number => between(from, to) / 1_000_000
export const pointsIn = (window: Window, step: number): number =>
  Math.floor(secondsOf(window) / step) + 1

/** What a system's answer is worth as a measurement; `rate` is what it says of the requests per second. */
export function measurement(
  signal: keyof SignalQueries,
  query: string,
  reading: Reading,
  rate: Reading | undefined,
  window: Window,
): Measurement {
  switch (reading.kind) {
    case 'nothing':
      return { kind: 'no_data', query }
    case 'failed':
      return { kind: 'unavailable', why: reading.why, query }
    case 'number': {
      const why = implausible(signal, reading.value)
      if (why !== undefined) return { kind: 'unavailable', why, query }
      const requests =
        rate?.kind === 'number' && rate.value >= 0
          ? Math.round(rate.value * secondsOf(window))
          : undefined
      return { kind: 'value', value: reading.value, requests, query }
    }
  }
}

/** A point of a curve; null where it cannot be true. */
export const plausible = (signal: keyof SignalQueries, value: number | undefined): number | null =>
  value === undefined || implausible(signal, value) !== undefined ? null : value

const shares: readonly (keyof SignalQueries)[] = [
  'availability',
  'clientErrors',
  'healthFailures',
  'notReady',
]

/** A share above 1 is requests per second in disguise, the usual mistake in such queries. */
function implausible(signal: keyof SignalQueries, value: number): string | undefined {
  if (value < 0) return `the answer ${value} is negative`
  if (shares.includes(signal))
    return value > 1 ? `the answer ${value} is not a share between 0 and 1` : undefined
  if (signal === 'errorRate' && value > 1)
    return `the answer ${value} is not a share between 0 and 1: divide errors by requests`
  if ((signal === 'paymentSuccess' || signal === 'checkoutCompletion') && value > 1)
    return `the answer ${value} is not a share between 0 and 1: divide what succeeded by all`
  return undefined
}
