import { span } from '#domain/communication/words.ts'
import { seconds } from '#domain/time.ts'
import type { Reading, Signal } from './reading.ts'

/** Why a source said nothing about a signal. */
export function silence({ signal, source, answer }: Reading): string {
  switch (answer.kind) {
    case 'value':
      return ''
    case 'no_data':
      return `${titles[signal]}: ${source} has no data`
    case 'too_soon':
      return `${titles[signal]}: ${source} has counted nothing yet in the ${answer.ran < seconds(1) ? 'moment' : span(answer.ran)} since this version began`
    case 'unavailable':
      return `${titles[signal]}: ${source} – ${answer.why}`
  }
}

export const silenceTitle = (signal: Signal): string => titles[signal]

/** As people call them. */
const titles: Readonly<Record<Signal, string>> = {
  'error-rate': '5xx',
  p95: 'P95',
  availability: 'availability',
  throughput: 'throughput',
  'client-errors': '4xx',
  'not-ready': 'instances',
  failing: 'failing instances',
  restarts: 'restarts',
  'oom-kills': 'kills for want of memory',
  'probe-failures': 'failed probes',
  warnings: 'warnings',
  memory: 'memory',
  cpu: 'CPU',
  p99: 'P99',
  'circuit-breaker': 'circuit breaker',
  'payment-success': 'payment success',
  'checkout-completion': 'checkout completion',
  'page-p95': 'page P95',
  'search-p95': 'search P95',
}
