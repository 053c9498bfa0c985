import { latency, percent, span } from '#domain/communication/words.ts'
import { seconds } from '#domain/time.ts'
import type { SeriesTrigger, Trigger } from './triggers.ts'

interface Broken {
  readonly measured: number | null
  readonly threshold: number | null
  readonly sustainedSeconds: number
  readonly breaks: 'above' | 'below'
}

/** `the error rate has been above 5 % for 5 min, never below 6.2 %`. */
export function brokenText(
  rule: SeriesTrigger,
  { measured, threshold, sustainedSeconds, breaks }: Broken,
): string {
  const lasted = sustainedSeconds > 0 ? ` for ${span(seconds(sustainedSeconds))}` : ''
  const best = breaks === 'above' ? 'below' : 'above'
  return `${subjects[rule]} ${breaks} ${figureText(rule, threshold)}${lasted}, never ${best} ${figureText(rule, measured)}`
}

/** In the rule's unit. */
export const figureText = (rule: Trigger, value: number | null): string =>
  value === null ? 'unknown' : (inWords[rule] ?? share)(value)

/** Whatever is no share. */
const inWords: Readonly<Partial<Record<Trigger, (value: number) => string>>> = {
  'latency-p95': latency,
  'circuit-breaker': (value) => (value > 0 ? 'not closed' : 'closed'),
  score: String,
}

/** 99.5 % and 99.9 % are worlds apart. */
const share = (value: number): string =>
  value < 0.1 ? percent(value) : `${Number((value * 100).toPrecision(3))} %`

const subjects = {
  'error-rate': 'the error rate has been',
  'latency-p95': 'the P95 has been',
  'health-checks': 'failing health checks have been',
  memory: 'memory has been',
  cpu: 'CPU has been',
  readiness: 'instances that are not ready have been',
  'payment-success': 'successful payments have been',
  'checkout-completion': 'completed checkouts have been',
} as const satisfies Record<SeriesTrigger, string>
