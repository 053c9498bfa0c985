import { type Instant, instant } from '#domain/time.ts'
import type { Signal } from './reading.ts'

/** A signal over the last hour, one point a step; `null` where nothing was measured. */
export interface Curve {
  readonly signal: Signal
  readonly points: readonly { readonly at: Instant; readonly value: number | null }[]
  /** What is usual; null when that is not known. */
  readonly normal: number | null
}

/** A curve as it is kept: points that lie equally far apart, in a tenth of the space. */
export interface KeptCurve {
  readonly signal: Signal
  readonly from: Instant
  /** Microseconds between two points. */
  readonly step: number
  readonly values: readonly (number | null)[]
  readonly normal: number | null
}

/** Four digits are more than a picture shows. Nothing is kept of a curve without points. */
export function kept({ signal, points, normal }: Curve): KeptCurve | undefined {
  const [first, second] = points
  if (!first) return undefined
  const values = points.map(({ value }) => (value === null ? null : Number(value.toPrecision(4))))
  return { signal, from: first.at, step: second ? second.at - first.at : 0, values, normal }
}

export const unkept = ({ signal, from, step, values, normal }: KeptCurve): Curve => ({
  signal,
  points: values.map((value, index) => ({ at: instant(from + index * step), value })),
  normal,
})
