import { figureText } from '#domain/automation/words.ts'
import { clock, clockSeconds } from '#domain/communication/words.ts'
import { instant } from '#domain/time.ts'
import type { Fired } from '#domain/automation/triggers.ts'
import { actions, confirm, header, message, section, sectionIf } from './blocks.ts'
import { pageBlocks } from './card-page.ts'
import { footnote, fromName, press, situation, toName } from './card-parts.ts'
import { severityEmoji } from './incident-words.ts'
import { bold, code, dotted, lines, type Markup, mrkdwn } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { alsoUndoes, how, watchOut, whatChanges } from './plan-words.ts'
import { waysText } from './way-words.ts'
import { cardDeciders, whoText } from './who-words.ts'

/** It is done at a moment that the card names, unless somebody stops it: what, why, and the three ways to decide otherwise. */
export function countdownCard(input: CardInput): Message {
  const { rollback, service, incident, policy, now } = input
  const { plan, countdown, fired } = rollback
  if (!plan || !countdown || !fired) throw new RangeError(`${rollback.id} is not counted down`)
  const title = `Rolling back ${service.id} by itself at ${clockSeconds(countdown.until)} UTC: ${fromName(input)} → ${toName(input)}`
  const caution = watchOut(plan)
  return message(
    mrkdwn`${title} – ${incident.severity}, unless somebody stops it`,
    header(`${severityEmoji[incident.severity]} ${title}`),
    situation(input),
    section(
      lines(
        mrkdwn`${bold('Why')}  ${fired.rule}: ${fired.because}`,
        figures(fired, now),
        mrkdwn`Automation is switched on for ${service.id}; it does this once for a version.`,
      ),
    ),
    section(
      mrkdwn`${bold('What changes')}  ${dotted(whatChanges(plan), mrkdwn`${plan.to.name}: ${plan.chosenBecause}`)}`,
    ),
    section(mrkdwn`${bold('Also undoes')}  ${alsoUndoes(plan)}`, press(input, 'Show diff', 'diff')),
    section(lines(mrkdwn`${bold('How')}  ${how(plan, rollback, policy.rollback)}`, waysText(plan))),
    sectionIf(caution && mrkdwn`${bold('⚠ Watch out')}  ${caution}`),
    section(
      mrkdwn`${bold('Who may stop it, or not wait for it')}  ${whoText(cardDeciders(input), now, 'any_time')}`,
    ),
    pageBlocks(input),
    actions(
      press(input, 'Cancel', 'cancel'),
      press(input, 'Now', 'approve', {
        style: 'primary',
        confirm: confirm(
          'Roll back?',
          mrkdwn`Roll back ${bold(service.id)} in ${bold(service.environment)} from ${bold(fromName(input))} to ${bold(toName(input))} without waiting?`,
          'Roll back',
          'Not yet',
        ),
      }),
      press(input, 'Pause automation', 'pause-automation'),
    ),
    footnote(input),
  )
}

/** `6.2 % against 5 %, 14:24 to 14:29 UTC, by Prometheus: …`: enough to look it up. */
function figures(
  { rule, measured, threshold, source, query, from, to }: Fired,
  now: CardInput['now'],
): Markup {
  const against =
    measured === null || threshold === null
      ? undefined
      : mrkdwn`${figureText(rule, measured)} against ${figureText(rule, threshold)}`
  const window = mrkdwn`${clock(instant(from), now)} to ${clock(instant(to), now)}`
  return dotted(against, window, mrkdwn`${source}: ${code(query)}`)
}
