import { type Micros, micros, seconds } from '#domain/time.ts'
import type { FlaggerCanary } from '../objects.ts'

/** How often Flagger looks, and so how long it may take to ask at a gate: a minute where it is told nothing else, and never less than ten seconds. */
export function intervalOf({ spec }: Pick<FlaggerCanary, 'spec'>): Micros {
  const parts = [...(spec.analysis?.interval ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)]
  if (parts.length === 0) return seconds(60)
  const total = parts.reduce(
    (sum, [, count = '0', unit = 's']) => sum + Number(count) * (inMicros[unit] ?? 0),
    0,
  )
  return micros(Math.max(total, seconds(10)))
}

const inMicros: Readonly<Record<string, number>> = {
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
}
