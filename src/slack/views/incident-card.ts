import { unraised } from '#domain/authority/matrix.ts'
import { whoDecides } from '#domain/authority/who-decides.ts'
import { sourceNames } from '#domain/alerts/alert.ts'
import { isFiring, type KnownAlert } from '#domain/alerts/known-alert.ts'
import { standing } from '#domain/communication/standing.ts'
import { clock, count } from '#domain/communication/words.ts'
import { policyInForce } from '#domain/incident/policy-in-force.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Instant } from '#domain/time.ts'
import { actions, button, context, header, message, section, sectionIf } from './blocks.ts'
import { pageBlocks } from './card-page.ts'
import { situation } from './card-parts.ts'
import { severityEmoji } from './incident-words.ts'
import { bold, dotted, lines, type Markup, mrkdwn, quoted } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { whoText } from './who-words.ts'

export interface IncidentCardInput extends Omit<CardInput, 'rollback' | 'look' | 'command'> {
  /** The newest one. */
  readonly rollback: RollbackState | undefined
  /** The command that says how bad it is, as it is called here. */
  readonly assess: string
}

/** Alerts that are shown; what is over gives way to what fires. */
const mostShown = 8

/** What alerts tell of a service, for whoever has to decide whether it is theirs. Every text of an alert stands in quotation marks. */
export function incidentCard(input: IncidentCardInput): Message {
  const { incident, service, rollback } = input
  const title = `${service.id}: ${stateOf(input)}`
  return message(
    mrkdwn`${title} – ${incident.severity}: ${quoted(incident.title, 150)}`,
    header(`${incident.closed ? '✅' : severityEmoji[incident.severity]} ${title}`),
    situation(input),
    section(lines(quoted(incident.title, 300), ...alertLines(input))),
    sectionIf(next(input)),
    pageBlocks(input),
    actions(
      incident.closed || (rollback && isOpen(rollback))
        ? undefined
        : button(
            'Start rollback…',
            { kind: 'start-rollback', service: service.id, detail: incident.severity },
            input.sign,
          ),
    ),
    context(dotted(mrkdwn`${input.incidentId}`, mrkdwn`noticed by ${incident.detectedBy}`)),
  )
}

function stateOf({ incident }: IncidentCardInput): string {
  if (incident.closed) return 'closed'
  const firing = incident.alerts.filter(isFiring).length
  if (incident.moreAlerts) return `more than ${count(incident.alerts.length, 'alert')}`
  return firing > 0 ? `${count(firing, 'alert')} firing` : 'no alert fires any more'
}

function alertLines({ incident, now }: IncidentCardInput): readonly Markup[] {
  const { alerts, moreAlerts } = incident
  const order = { firing: 0, flapping: 1, resolved: 2 } as const
  const shown = alerts.toSorted((a, b) => order[a.status] - order[b.status]).slice(0, mostShown)
  const left = alerts.length - shown.length
  const more = moreAlerts ? `more than ${left} others` : `${left} others`
  return [
    ...shown.map((alert) => alertLine(alert, now)),
    ...(left > 0 || moreAlerts ? [mrkdwn`and ${more}, behind the lines of this thread`] : []),
  ]
}

function alertLine({ status, source, name, summary, startsAt, since }: KnownAlert, now: Instant) {
  const when = {
    firing: `since ${clock(startsAt, now)}`,
    flapping: `comes and goes since ${clock(startsAt, now)}`,
    resolved: `over since ${clock(since, now)}`,
  }[status]
  const mark = { firing: '▲', flapping: '~', resolved: '✓' }[status]
  const said = summary === name ? undefined : quoted(summary, 150)
  return dotted(mrkdwn`${mark} ${quoted(name, 80)}`, mrkdwn`${sourceNames[source]}, ${when}`, said)
}

/** What is being done, or who may begin something. */
function next({
  incident,
  rollback,
  now,
  policy,
  assess,
  service,
}: IncidentCardInput): Markup | undefined {
  if (incident.closed) return undefined
  if (rollback)
    return mrkdwn`${bold('Rollback')}  ${rollback.plan ? `${rollback.plan.from.name} → ${rollback.plan.to.name}: ` : ''}${standing(rollback)}; its own card shows more`
  const { matrix } = policyInForce(incident, policy)
  const who = whoDecides(matrix, incident.authorityStart, now, unraised)
  return lines(
    incident.proposalRefused === undefined
      ? undefined
      : mrkdwn`An alert asked for a rollback, and none was proposed: ${incident.proposalRefused}`,
    mrkdwn`${bold('No rollback is proposed yet')}  ${`${assess} ${service.id}`} says what to do. Who would decide: ${whoText(who, now, 'any_time')}`,
  )
}
