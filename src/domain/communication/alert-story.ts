import { sourceNames } from '#domain/alerts/alert.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import type { Instant } from '#domain/time.ts'
import { quoted, type Telling, tell } from './telling.ts'
import { clock } from './words.ts'

type AlertEvent = Extract<
  TimelineEvent,
  { kind: 'alert_fired' | 'alert_resolved' | 'alerts_withheld' | 'proposal_refused' }
>

/** What machines said; every word of theirs stands in quotation marks. */
export function alertStory(event: AlertEvent, at: Instant): Telling {
  switch (event.kind) {
    case 'alert_fired':
      return fired(event, at)
    case 'alert_resolved':
      return tell`${sourceNames[event.source]}: ${quoted(event.name)} is over`
    case 'alerts_withheld':
      return event.because === 'many'
        ? tell`more alerts fire than are listed here; they are not written down one by one any more`
        : tell`${quoted(event.name ?? 'an alert')} comes and goes; that is not written down any more`
    case 'proposal_refused':
      return tell`${sourceNames[event.source]} asked for a rollback, and none was proposed: ${event.why}`
  }
}

function fired(
  { source, name, summary, startsAt, asks }: Extract<AlertEvent, { kind: 'alert_fired' }>,
  at: Instant,
): Telling {
  const said = summary === name ? '' : tell`: ${quoted(summary)}`
  const wish = asks === null ? '' : tell` – it asks for a rollback: ${quoted(asks)}`
  return tell`${sourceNames[source]}: ${quoted(name)} fires since ${clock(startsAt, at)}${said}${wish}`
}
