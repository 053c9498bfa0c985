import { tookFrom } from '#domain/communication/took.ts'
import { clock, span } from '#domain/communication/words.ts'
import { between, plus } from '#domain/time.ts'
import { actions, header, message, section, sectionIf } from './blocks.ts'
import { faultBlocks } from './card-faults.ts'
import { freezeBlocks, freezeButtons } from './card-freeze.ts'
import {
  acknowledged,
  approvedBy,
  brokenGlass,
  checklistButton,
  checksText,
  footnote,
  fromName,
  held,
  liftHold,
  press,
  reviewButton,
  situation,
  toName,
} from './card-parts.ts'
import { doubtedSyncs } from '#domain/communication/sync-words.ts'
import { resumeSync, syncText } from './card-sync.ts'
import { keepButton, leftByRollback } from './leftover.ts'
import { stepContext } from './card-running.ts'
import { bold, dotted, lines, type Markup, mrkdwn } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { cardDeciders, levelText } from './who-words.ts'

/** Done, and not yet believed. */
export function verifyingCard(input: CardInput): Message {
  const { rollback, service, now, policy } = input
  const title = `${service.id} is on ${toName(input)}: checking that it recovers`
  const until = plus(rollback.completedAt ?? rollback.since, policy.rollback.verifyWithinMicros)
  return message(
    mrkdwn`${title}`,
    header(`🔄 ${title}`),
    situation(input),
    section(
      lines(
        took(input),
        rollback.checks.length > 0
          ? checksText(rollback.checks)
          : mrkdwn`Measuring for ${span(policy.rollback.verifyWindowMicros)} first; old requests must not count.`,
        mrkdwn`If it has not recovered by ${clock(until, now)}, this card says so and asks what to do.`,
      ),
    ),
    stepContext(input),
    faultBlocks(input),
    brokenGlass(input),
    sectionIf(leftByRollback(input)),
    after(input),
    footnote(input),
  )
}

/** Recovered: being watched, or stable. */
export function recoveredCard(input: CardInput): Message {
  const { rollback, service, now, policy } = input
  const stable = rollback.phase === 'stable'
  const isDoubted = doubtedSyncs(rollback).length > 0
  const title = isDoubted
    ? `${service.id} was put back on ${toName(input)}, and ${fromName(input)} may come back`
    : stable
      ? `${service.id} is stable on ${toName(input)}`
      : `${service.id} is ${rollback.plan?.target.executor === 'region' ? 'on' : 'back on'} ${toName(input)} and recovering`
  const until = plus(rollback.verifiedAt ?? rollback.since, policy.rollback.watchMicros)
  const watch = stable
    ? mrkdwn`Watched for ${span(policy.rollback.watchMicros)}: nothing came back.${isDoubted ? '' : ' “Resolved” may now be said to customers.'}`
    : mrkdwn`Watching until ${clock(until, now)}.`
  return message(
    mrkdwn`${title}${took(input) === undefined ? '' : mrkdwn` – ${took(input) ?? ''}`}`,
    header(`${isDoubted ? '⚠' : '✅'} ${title}`),
    situation(input),
    section(lines(took(input), checksText(rollback.checks))),
    section(lines(watch, held(input), syncText(input), leftByRollback(input))),
    sectionIf(lines(approvedBy(input), acknowledged(input))),
    freezeBlocks(input),
    brokenGlass(input),
    after(input),
    footnote(input),
  )
}

/** Rolled back, and not well, or not known to be. Silence is never called good. */
export function unsettledCard(input: CardInput): Message {
  const { rollback, service } = input
  const { heading, meaning } = unsettled(input)
  return message(
    mrkdwn`${service.id}: ${heading}`,
    header(`⚠️ ${service.id}: ${heading}`),
    situation(input),
    section(lines(meaning, checksText(rollback.checks), took(input))),
    section(
      lines(
        mrkdwn`${bold('Options')}  ${dotted(mrkdwn`plan for an older version`, mrkdwn`undo this rollback and go back to ${fromName(input)}`, mrkdwn`keep watching and look for the cause elsewhere: dependencies, traffic, data`)}`,
        mrkdwn`${bold('Who decides')}  ${levelText(cardDeciders(input), input.now)}; undoing needs at least the level that approved`,
        held(input),
        syncText(input),
        leftByRollback(input),
      ),
    ),
    sectionIf(lines(approvedBy(input), acknowledged(input))),
    freezeBlocks(input),
    brokenGlass(input),
    actions(
      press(input, 'Plan for another version', 'plan-again', { style: 'primary' }),
      press(input, 'Undo this rollback…', 'undo'),
      liftHold(input),
      resumeSync(input),
      ...freezeButtons(input),
      press(input, 'Status page…', 'status-page'),
      checklistButton(input),
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}

function unsettled(input: CardInput): { readonly heading: string; readonly meaning: Markup } {
  const to = toName(input)
  switch (input.rollback.phase) {
    case 'unverified':
      return {
        heading: `rolled back to ${to}, recovery not proven`,
        meaning: mrkdwn`It runs ${to}, but there was too little to measure to say that it is well. That is not the same as good: please look yourself.`,
      }
    case 'degraded':
      return {
        heading: `worse again on ${to}`,
        meaning: mrkdwn`It had recovered on ${to} and got worse during the watch. The cause may be elsewhere.`,
      }
    default:
      return {
        heading: `rolled back to ${to}, not recovered`,
        meaning: mrkdwn`It runs ${to} and is still not well. The cause may be elsewhere.`,
      }
  }
}

/** `41 s from approval, 8 min 46 s from the start`. */
function took({ rollback, incident }: CardInput): Markup | undefined {
  const { completedAt } = rollback
  if (completedAt === undefined) return undefined
  const since = span(between(incident.startedAt, completedAt))
  const known = tookFrom(rollback, completedAt)
  return known
    ? mrkdwn`${known.took} from ${known.from}, ${since} from the start`
    : mrkdwn`${since} from the start`
}

const after = (input: CardInput) =>
  actions(
    press(input, 'Undo this rollback…', 'undo'),
    liftHold(input),
    keepButton(input),
    resumeSync(input),
    ...freezeButtons(input),
    press(input, 'Status page…', 'status-page'),
    checklistButton(input),
    press(input, 'Timeline', 'timeline'),
    reviewButton(input),
  )
