import type { Answer } from '#domain/communication/answer.ts'
import { clock } from '#domain/communication/words.ts'
import { statementText } from '#domain/assessment/statement-words.ts'
import { adviceText, verdictText } from '#domain/assessment/verdict-words.ts'
import { verdictOf } from '#domain/assessment/state.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'
import { message, section, sectionIf } from './blocks.ts'
import { bold, channel, joined, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Message } from './message.ts'

/** What the person who pressed a button of an assessment is told. */
export function assessmentChanged({
  did,
  assessment,
  incident,
}: Extract<Answer, { kind: 'assessment_changed' }>): Message {
  const { service, latest } = assessment
  const now = verdictText(verdictOf(latest), service)
  const open =
    incident === undefined ? undefined : mrkdwn`It is on the timeline of ${incident} as well.`
  const text = (): readonly (Markup | undefined)[] => {
    switch (did.kind) {
      case 'service_watch_begun':
        return [
          mrkdwn`I look at ${bold(service)} once a minute until ${clock(did.until)} and say under the assessment what changes.`,
        ]
      case 'service_watch_ended':
        return [mrkdwn`${bold(service)} is not watched any more.`]
      case 'no_incident_said':
        return [
          mrkdwn`It is recorded that ${bold(service)} is not an incident. Nothing that others opened was closed${incident === undefined ? '' : `: ${incident} stays open`}.`,
        ]
      case 'owner_asked':
        return [mrkdwn`The owner of ${bold(service)} is called, with the figures.`]
      case 'impact_stated':
        return [mrkdwn`It counts now that ${statementText(did.said)}. ${now}.`, open]
      case 'statement_withdrawn':
        return [mrkdwn`Taken back: ${statementText(did.said)}. ${now}.`, open]
      case 'assessed':
      case 'assessment_shown':
        return [mrkdwn`${now}.`]
    }
  }
  const [first = mrkdwn`${now}`, ...more] = text()
  return message(lines(first, ...more), section(first), sectionIf(lines(...more)))
}

/** Calls those who own the service, with what they need to answer at once. */
export function ownerCall(
  { latest, ownerAsked, place, service: id }: AssessmentState,
  { service, people }: { readonly service: Service; readonly people: readonly PersonId[] },
): Message {
  const { found } = latest
  const { advice, severity, because, findings } = found
  const called =
    people.length > 0 ? joined(people.slice(0, 15).map(person), ' ') : mrkdwn`(nobody is on call)`
  const first = mrkdwn`${called} ${ownerAsked ? person(ownerAsked.by) : mrkdwn`somebody`} asks whoever owns ${bold(id)} (${service.owner}): what is going on?`
  const shown = findings.filter(({ state }) => state === 'fired' || state === 'sign').slice(0, 5)
  return message(
    first,
    section(
      lines(
        first,
        mrkdwn`${bold(adviceText(advice, id))}${severity === null ? '' : `, ${severity}`}: ${because}`,
        ...shown
          .filter((finding) => finding.because !== because)
          .map((finding) => mrkdwn`• ${finding.because}`),
        place
          ? mrkdwn`Please answer in ${channel(place.channel)}, under the assessment of ${clock(latest.measured.circumstances.now)}.`
          : mrkdwn`Please answer here.`,
      ) ?? first,
    ),
  )
}
