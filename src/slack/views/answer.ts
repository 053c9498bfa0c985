import { checklistText } from '#domain/checklist/items.ts'
import type { Answer } from '#domain/communication/answer.ts'
import { roleList, roleName } from '#domain/communication/role-words.ts'
import { beginsText } from '#domain/communication/begins-words.ts'
import { clock, list, span } from '#domain/communication/words.ts'
import type { AnswerContext } from './answer-context.ts'
import { refusedAnswer } from './answer-refused.ts'
import type { Plan } from '#domain/rollback/plan.ts'
import { mostTogether } from '#domain/rollback/together.ts'
import { historyAnswer, previewAnswer, statusAnswer, wishes } from './answer-reports.ts'
import { automationAnswer } from './automation.ts'
import { assessmentCard } from './assessment.ts'
import { assessmentChanged } from './assessment-answers.ts'
import { message, section, sectionIf } from './blocks.ts'
import { versionsText } from './candidates.ts'
import { bold, channel, code, joined, lines, type Markup, mrkdwn, quoted } from './markup.ts'
import type { Message } from './message.ts'
import { blockerText } from './plan-words.ts'
import { policyAnswer } from './policy.ts'
import { promotionAnswer, promotionDecided, promotionRefused } from './promotion-answers.ts'
import { whoText } from './who-words.ts'

export type { AnswerContext } from './answer-context.ts'

/** What the person who asked or clicked is told; only they see it. */
export function answer(answer: Answer, context: AnswerContext): Message {
  const { now } = context
  const command = context.command ?? '/rollback'
  switch (answer.kind) {
    case 'requested':
      return says(
        mrkdwn`Rollback of ${bold(answer.service)} from ${answer.from} to ${answer.to} is ready to be decided.${cardIn(context)}`,
        answer.begins && mrkdwn`When: ${beginsText(answer.begins, now, 'at_once')}.`,
        mrkdwn`Who decides: ${whoText(answer.who, now, 'at_once')}${answer.who.told.length > 0 ? `. Told on approval: ${roleList(answer.who.told)}` : ''}.`,
      )
    case 'requested_together':
      return says(
        mrkdwn`The rollback of ${list(answer.plans.map(({ service }) => service))} is ready to be decided, in this order.${cardIn(context)}`,
        ...answer.plans.slice(0, 12).map(planLine),
        mrkdwn`Who decides: ${whoText(answer.who, now, 'at_once')}, over each of them.`,
      )
    case 'preview_together':
      return says(
        mrkdwn`Dry run, nothing was done: these would be rolled back one after the other, in this order.`,
        ...answer.plans.slice(0, 12).map(planLine),
        mrkdwn`Who decides: ${whoText(answer.who, now, 'at_once')}, over each of them.`,
        mrkdwn`To ask for it: ${code([command, ...answer.plans.map(({ service }) => service), ...wishes(answer.request)].join(' '))}`,
      )
    case 'changed_since':
      return says(
        answer.changed.length === 0
          ? mrkdwn`Nothing that could be looked at went out since ${clock(answer.since, now)}.`
          : mrkdwn`Went out since ${clock(answer.since, now)}:`,
        ...answer.changed
          .slice(0, 20)
          .map(
            ({ service, version, at }) => mrkdwn`• ${bold(service)} ${version}, ${clock(at, now)}`,
          ),
        answer.unchanged.length > 0
          ? mrkdwn`Not changed since: ${list(answer.unchanged.slice(0, 20))}`
          : undefined,
        answer.unseen.length > 0
          ? mrkdwn`Could not be looked at: ${list(answer.unseen.slice(0, 20))}`
          : undefined,
        answer.changed.length > 0
          ? mrkdwn`To roll these back: ${code([command, ...answer.changed.slice(0, mostTogether).map(({ service }) => service)].join(' '))}`
          : undefined,
      )
    case 'blocked_together':
      return says(
        mrkdwn`${list(answer.blocked.map(({ service }) => service))} cannot be rolled back now, so nothing was proposed for any of them.`,
        ...answer.blocked
          .slice(0, 8)
          .map(
            ({ service, blockers }) =>
              mrkdwn`${bold(service)}: ${joined(blockers.slice(0, 2).map(blockerText), ' ')}`,
          ),
        answer.others.length > 0
          ? mrkdwn`For the others alone: ${code([command, ...answer.others].join(' '))}`
          : undefined,
      )
    case 'no_change_window':
      return says(
        answer.why === 'not_configured'
          ? mrkdwn`No change windows are configured for ${bold(answer.service)}, so there is no next one. Nothing was done.`
          : mrkdwn`No change window of ${bold(answer.service)} opens within a year: every date is closed. Nothing was done.`,
        mrkdwn`Give a time in UTC: ${code(`${command} ${answer.service} --at 22:00`)}. Whoever runs Countermand ${answer.why === 'not_configured' ? 'configures windows' : 'can open one'} under ${code('changeWindows')} in its file.`,
      )
    case 'preview':
      return previewAnswer(answer, now, command)
    case 'blocked':
      return says(
        mrkdwn`${bold(answer.service)} cannot be rolled back now. Nothing was done.`,
        ...answer.blockers.slice(0, 5).map(blockerText),
        versionsText(answer.candidates),
      )
    case 'unknown_service':
      return says(
        mrkdwn`I know no service called ${code(answer.typed, 80)}.`,
        meant(answer) ?? mrkdwn`Type ${code(command)} alone to choose from the list.`,
      )
    case 'unknown_revision':
      return says(
        mrkdwn`${bold(answer.service)} has no version ${code(answer.typed, 80)}.`,
        versionsText(answer.available) ?? mrkdwn`No other version is known.`,
        mrkdwn`Name one by its tag, its number or its digest: ${code(`${command} ${answer.service} --to ${answer.available[0]?.name ?? '<version>'}`)}`,
      )
    case 'already_under_way':
      if (answer.standing !== undefined)
        return says(
          mrkdwn`${bold(answer.standing)} stands still for the rollback of ${bold(answer.service)} (${answer.incident})${where(context)}, which is under way. Nothing new was started.`,
          mrkdwn`Decide on that one, or wait until ${bold(answer.standing)} was started again.`,
        )
      return says(
        mrkdwn`A rollback of ${bold(answer.service)} is already under way (${answer.incident})${where(context)}. Nothing new was started.`,
        mrkdwn`Decide on that one, or cancel it first.`,
      )
    case 'may_not_request':
      return says(
        mrkdwn`${requesters[answer.why]} Ask a member of the service’s team to type ${code(command)} for you.`,
      )
    case 'nobody_can_approve':
      return says(
        mrkdwn`Nobody could approve this: I find no ${bold(roleName(answer.role))} of ${answer.service}${answer.down.length > 0 ? ` (no answer from ${list(answer.down)})` : ''}.`,
        mrkdwn`Nothing was started. Whoever runs Countermand must name somebody for that role; until then roll back by hand.`,
      )
    case 'start_in_future':
      return says(
        mrkdwn`${clock(answer.typed, answer.now)} lies in the future (it is ${clock(answer.now)}). An incident begins in the past: give the time the trouble started, in UTC or how long ago (25m).`,
      )
    case 'decided':
      return says(mrkdwn`${decided(answer, context)}`)
    case 'counted':
      return says(
        mrkdwn`Your approval for ${bold(answer.service)} counts. One more is needed: a second person as ${bold(roleName(answer.stillNeeds))} or above. They have been mentioned in the channel.`,
      )
    case 'refused':
      return refusedAnswer(answer, context)
    case 'status':
      return statusAnswer(answer, now, command)
    case 'history':
      return historyAnswer(answer, now, command)
    case 'noted':
      return says(
        mrkdwn`${noted[answer.what]}: ${quoted(answer.text)}. It is on the timeline under your name.`,
      )
    case 'needs_level':
      return says(
        mrkdwn`To ${answer.what} you need to be ${bold(roleName(answer.needs))} now; ${answer.holds === null ? 'you hold no role for this service' : `you are ${roleName(answer.holds)}`}. Nothing was done; ask one of them to do it.`,
      )
    case 'automation':
      return automationAnswer(answer.service, answer.state, now, command)
    case 'policy':
      return policyAnswer(answer, now, command)
    case 'assessed':
      return assessmentCard(answer.assessment, context.sign)
    case 'assessment_changed':
      return assessmentChanged(answer)
    case 'promotion':
      return promotionAnswer(answer, context)
    case 'promotion_decided':
      return promotionDecided(answer)
    case 'promotion_refused':
      return promotionRefused(answer, context)
    case 'ticked':
      return says(
        mrkdwn`Ticked ${bold(checklistText(answer.item))}; it is on the timeline under your name.`,
      )
    case 'drafted':
      return says(
        mrkdwn`The draft of the post-mortem comes as a file in the thread of the card${where(context)}.`,
      )
    case 'not_written':
      return says(mrkdwn`${answer.why} Nothing was written.${nextText(answer, context)}`)
    case 'nothing_found':
      return says(
        mrkdwn`I looked for ${answer.what} and found nothing. Nothing was done. To ask for a rollback: ${code(command)}`,
      )
    case 'usage':
      return says(
        mrkdwn`I did not understand this ${answer.command}. Nothing was done.`,
        ...answer.problems.slice(0, 6).map((problem) => mrkdwn`• ${problem}`),
        mrkdwn`For example: ${code(answer.example)}`,
      )
    case 'trouble':
      return says(mrkdwn`${answer.what}`, mrkdwn`${answer.done}`, mrkdwn`${answer.next}`)
  }
}

function nextText(
  { next }: Extract<Answer, { kind: 'not_written' }>,
  { command = '/rollback', promote = '/promote' }: AnswerContext,
): Markup {
  if (!next) return mrkdwn``
  const typed = `${next.command === 'promote' ? promote : command} ${next.service}`
  return mrkdwn` ${next.to}, type ${code(typed)}.`
}

const planLine = ({ service, from, to, expectedMicros }: Plan, at: number): Markup =>
  mrkdwn`${at + 1}. ${bold(service)} ${from.name} → ${to.name}, about ${span(expectedMicros)}`

function meant({
  nearest,
  commands = [],
}: Extract<Answer, { kind: 'unknown_service' }>): Markup | undefined {
  const names = [...nearest.map((name) => mrkdwn`${name}`), ...commands.map((one) => code(one))]
  if (names.length === 0) return undefined
  const again = commands.length > 0 ? 'Nothing was done.' : 'Type it again with that name.'
  return mrkdwn`Did you mean ${joined(names.slice(0, 4), ' or ')}? ${again}`
}

/** The first line is also what a notification shows. */
function says(first: Markup, ...more: readonly (Markup | undefined)[]): Message {
  return message(lines(first, ...more), section(first), sectionIf(lines(...more)))
}

/** Where the buttons are; the channel's name when Slack has not opened it yet. */
function cardIn({ channel: id, room }: AnswerContext): Markup {
  if (id !== undefined) return mrkdwn` The card with the buttons is in ${channel(id)}.`
  return room === undefined
    ? mrkdwn``
    : mrkdwn` The card with the buttons is in ${room} (being opened).`
}

const where = ({ channel: id }: AnswerContext): Markup =>
  id === undefined ? mrkdwn`` : mrkdwn` in ${channel(id)}`

/** ` at 16:00 UTC` for what was approved ahead of its time. */
function beginning({ rollback, now }: AnswerContext): string {
  const at = rollback?.notBefore
  return at === undefined || at === null || at <= now ? '' : ` at ${clock(at, now)}`
}

function decided(answer: Extract<Answer, { kind: 'decided' }>, context: AnswerContext): Markup {
  const as = roleName(answer.as)
  const place = where(context)
  const done = {
    approve: mrkdwn`Approved as ${as}. The rollback of ${bold(answer.service)} begins${beginning(context)}; the card${place} shows how far it is.`,
    reject: mrkdwn`Rejected as ${as}. ${bold(answer.service)} stays as it is.`,
    cancel: mrkdwn`Cancelled as ${as}. ${bold(answer.service)} stays as it is.`,
    undo: mrkdwn`Undo ordered as ${as}: ${bold(answer.service)} goes back to the version before. The card${place} shows how far it is.`,
    collapse: mrkdwn`Ordered as ${as}: the rest of the rollback of ${bold(answer.service)} is done at once.`,
    'keep-waiting': answer.anew
      ? mrkdwn`Trying again as ${as}: what this step of the rollback of ${bold(answer.service)} began is made once more. The card${place} shows how far it is.`
      : mrkdwn`Keeping on as ${as}: ${bold(answer.service)} gets more time. The card${place} shows how far it is.`,
    'next-way': mrkdwn`Ordered as ${as}: the rollback of ${bold(answer.service)} goes another way. Its plan comes on the card${place} in a moment, and is to be approved.`,
    'lift-hold': context.rollback?.hold?.begun
      ? mrkdwn`Hold lifted as ${as}: the version of ${bold(answer.service)} may be deployed again in a moment. The card${place} says when.`
      : mrkdwn`Hold lifted as ${as}: the version of ${bold(answer.service)} may be deployed again.`,
    'keep-former': mrkdwn`Kept as ${as}: what the rollback of ${bold(answer.service)} left stays as it is, until somebody takes it away.`,
    'resume-sync': mrkdwn`Ordered as ${as}: what Git has reaches ${bold(answer.service)} again in a moment. The card${place} says when.`,
    'lift-freeze': mrkdwn`Ordered as ${as}: the freeze of deploys of ${bold(answer.service)} is lifted in a moment. The card${place} says when.`,
    'widen-freeze': mrkdwn`Ordered as ${as}: deploys of the other services of the same owner are frozen together with ${bold(answer.service)} in a moment. The card${place} says when.`,
    pin: mrkdwn`Pinned as ${as}: what runs of ${bold(answer.service)} stays, deploys of it are frozen in a moment. The card${place} says until when.`,
    'pause-automation': mrkdwn`Paused as ${as}: nothing happens to ${bold(answer.service)} by itself for an hour. Whoever decides at this minute decides on the card${place}.`,
    'review-break-glass': mrkdwn`Reviewed as ${as}. Your note is on the timeline.`,
  } as const
  return answer.breakGlass
    ? mrkdwn`${done[answer.decided]} You broke glass: the next two levels are told, and it stays listed until it has been reviewed.`
    : done[answer.decided]
}

const noted = {
  severity: 'Severity changed',
  start: 'Start of the incident changed',
  announcement: 'Recorded as published by you',
  note: 'Noted',
  correction: 'Corrected',
} as const
const requesters = {
  guest: 'Guests cannot ask for a rollback.',
  external: 'People of other organisations cannot ask for a rollback.',
  deactivated: 'This account is deactivated.',
  bot: 'Bots cannot ask for a rollback.',
  unknown: 'I do not know this account.',
} as const
