import type { Curve } from '#domain/assessment/curve.ts'
import type { Service } from '#domain/service.ts'
import type { SignalQueries } from '#domain/signals.ts'
import { seconds } from '#domain/time.ts'
import type { Metrics, Window } from '#ports/metrics.ts'

const step = seconds(30)

/** The queries behind the signals that are drawn. */
export const queryOf = {
  'error-rate': 'errorRate',
  p95: 'p95',
  throughput: 'throughput',
} as const satisfies Readonly<Partial<Record<Curve['signal'], keyof SignalQueries>>>
export type Drawn = keyof typeof queryOf

/** A curve without points where the source has none to give. */
export async function curveOf(
  metrics: Metrics,
  service: Service,
  signal: Drawn,
  window: Window,
  abort: AbortSignal,
): Promise<Curve> {
  const curve = await metrics.curve(service, queryOf[signal], window, step, abort)
  return { signal, points: curve.kind === 'points' ? curve.points : [], normal: null }
}
