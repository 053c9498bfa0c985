import { latency, percent, span } from '#domain/communication/words.ts'
import { seconds } from '#domain/time.ts'
import type { Trigger } from './triggers.ts'

interface Broken {
  readonly measured: number | null
  readonly threshold: number | null
  readonly sustainedSeconds: number
}

/** `the error rate has been above 5 % for 5 min, never below 6.2 %`. */
export function brokenText(
  rule: Trigger,
  { measured, threshold, sustainedSeconds }: Broken,
): string {
  const figure = (value: number | null): string =>
    value === null ? 'unknown' : rule === 'latency-p95' ? latency(value) : percent(value)
  const lasted = sustainedSeconds > 0 ? ` for ${span(seconds(sustainedSeconds))}` : ''
  return `${subjects[rule]} above ${figure(threshold)}${lasted}, never below ${figure(measured)}`
}

const subjects = {
  'error-rate': 'the error rate has been',
  'latency-p95': 'the P95 has been',
  'health-checks': 'failing health checks have been',
  memory: 'memory has been',
  cpu: 'CPU has been',
  readiness: 'instances that are not ready have been',
  'canary-error-rate': 'the error rate of the canary has been',
  alert: 'an alert has been',
  pipeline: 'a pipeline has been',
} as const satisfies Record<Trigger, string>
