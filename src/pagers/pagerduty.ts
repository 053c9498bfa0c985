import type { Severity } from '#domain/incident/severity.ts'
import { isoMicros } from '#domain/time.ts'
import type { Finding } from '#ports/finding.ts'
import type { Page, Pager } from '#ports/pager.ts'
import { cut, examined, type Reached, sent } from './send.ts'

export interface PagerDutyOptions extends Reached {
  readonly name: string
  /** `https://events.pagerduty.com`. */
  readonly url: string
  /** The integration key of a service there: it may send events, and nothing else. */
  readonly routingKey: string
}

/** Calls through the Events API v2: `dedup_key` makes a repeated trigger one more line of the same alert. */
export function pagerDuty(options: PagerDutyOptions): Pager {
  const { name, routingKey } = options
  const url = new URL('/v2/enqueue', options.url)
  const send = (event: object, signal: AbortSignal) =>
    sent(url, { json: { routing_key: routingKey, ...event } }, options, signal)
  return {
    name,
    call: (page, signal) => send(triggerOf(page), signal),
    acknowledge: (key, signal) => send({ event_action: 'acknowledge', dedup_key: key }, signal),
    resolve: (key, signal) => send({ event_action: 'resolve', dedup_key: key }, signal),
    // An event without a key goes to nobody, and is refused as such.
    examine: (signal) =>
      examined(name, url, {}, options, signal, (status) => findingOf(name, status)),
  }
}

const findingOf = (name: string, status: number): Finding =>
  status === 400
    ? {
        result: 'fine',
        text: `${name} answers; whether it knows the key shows only when somebody is called`,
      }
    : {
        result: 'wrong',
        text: `${name} answered ${status} where it should refuse an empty event`,
        remedy: 'see that nothing between this machine and PagerDuty answers in its place',
      }

/** Lengths as PagerDuty's documentation limits them. */
const triggerOf = ({ key, service, severity, summary, startedAt, details, links }: Page) => ({
  event_action: 'trigger',
  dedup_key: key,
  client: 'Countermand',
  payload: {
    summary: cut(summary, 1_024),
    source: service,
    severity: severities[severity],
    timestamp: isoMicros(startedAt),
    component: service,
    class: 'P0',
    custom_details: details,
  },
  links: links.map(({ title, url }) => ({ href: url, text: title })),
})

const severities = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
} as const satisfies Record<Severity, string>
