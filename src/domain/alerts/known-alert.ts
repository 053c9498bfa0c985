import type { IncidentOnlyEvent } from '#domain/incident/events.ts'
import type { Instant } from '#domain/time.ts'
import type { Teller } from './alert.ts'

/** A condition as the record of one incident knows it. */
export interface KnownAlert {
  readonly alert: string
  readonly source: Teller
  readonly name: string
  readonly summary: string
  readonly startsAt: Instant
  /** It began and ended so often that this is not followed any more. */
  readonly status: 'firing' | 'resolved' | 'flapping'
  /** When its state was written down. */
  readonly since: Instant
  readonly rounds: number
  /** The reason with which it asks for a rollback. */
  readonly asks: string | null
}

type AlertEvent = Extract<
  IncidentOnlyEvent,
  { kind: 'alert_fired' | 'alert_resolved' | 'alerts_withheld' }
>

/** The alerts after one more event about one of them. */
export function afterAlert(
  alerts: readonly KnownAlert[],
  at: Instant,
  event: AlertEvent,
): readonly KnownAlert[] {
  const before = alerts.find(({ alert }) => alert === event.alert)
  if (event.kind !== 'alert_fired')
    return alerts.map((one) =>
      one === before ? { ...one, status: statusAfter[event.kind], since: at } : one,
    )
  const { alert, source, name, summary, startsAt, asks } = event
  const rounds = (before?.rounds ?? 0) + 1
  const fired: KnownAlert = {
    alert,
    source,
    name,
    summary,
    startsAt,
    status: 'firing',
    since: at,
    rounds,
    asks,
  }
  return before ? alerts.map((one) => (one === before ? fired : one)) : [...alerts, fired]
}

const statusAfter = { alert_resolved: 'resolved', alerts_withheld: 'flapping' } as const

export const isFiring = ({ status }: KnownAlert): boolean => status === 'firing'
