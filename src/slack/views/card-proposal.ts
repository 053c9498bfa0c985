import type { Button } from '@slack/types'
import { isMachine } from '#domain/alerts/alert.ts'
import { above, type Role } from '#domain/authority/role.ts'
import { clock, clockSeconds, span } from '#domain/communication/words.ts'
import { beginsText } from '#domain/communication/begins-words.ts'
import { beginsOf } from '#domain/rollback/begins.ts'
import { approvalExpiresAt, requestExpiresAt } from '#domain/rollback/next-move.ts'
import { isSoftBlocker, mayLose, type Plan } from '#domain/rollback/plan.ts'
import { mechanisms } from '#domain/rollback/ways.ts'
import { automationLine } from './automation.ts'
import { actions, confirm, header, message, section, sectionIf } from './blocks.ts'
import { freezeBlocks, freezeButtons } from './card-freeze.ts'
import {
  acknowledged,
  approvedBy,
  askedBy,
  brokenGlass,
  footnote,
  fromName,
  press,
  reviewButton,
  situation,
  toName,
} from './card-parts.ts'
import { figuresText } from '#domain/communication/figures.ts'
import { severityEmoji } from './incident-words.ts'
import { bold, dotted, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { alsoUndoes, how, watchOut, whatChanges } from './plan-words.ts'
import { roleList, roleName } from '#domain/communication/role-words.ts'
import { waysText } from './way-words.ts'
import { cardDeciders, whoText } from './who-words.ts'

/** While a plan is being made: at the beginning, and again after what was approved turned out to be gone. */
export function planningCard(input: CardInput): Message {
  const { rollback, service } = input
  const isAgain = rollback.voided !== undefined || rollback.left.length > 0
  const title = isAgain
    ? `Planning the rollback of ${service.id} again`
    : `Preparing to roll back ${service.id}`
  const left = rollback.left.at(-1)
  const why =
    rollback.voided === undefined
      ? left === undefined
        ? mrkdwn`Looking at what runs and what it can go back to. Nothing has been changed.`
        : mrkdwn`The way that was begun (${mechanisms[left].says}) was left where it stands. A plan for the next one follows here in a moment; nothing of it is done before it is approved.`
      : mrkdwn`What was approved is no longer what is there: ${rollback.voided}. Nothing was changed, the approval is void. A new plan follows here in a moment.`
  return message(
    mrkdwn`${title}`,
    header(`${severityEmoji[input.incident.severity]} ${title}`),
    situation(input),
    section(lines(why, askedBy(input))),
    actions(cancel(input)),
    footnote(input),
  )
}

/** What exactly will happen, and who may say so. */
export function proposalCard(input: CardInput): Message {
  const { rollback, service, incident, policy } = input
  const { plan } = rollback
  if (!plan) return planningCard(input)
  const title = `${verb(plan)} ${service.id}: ${fromName(input)} → ${toName(input)}`
  const caution = watchOut(plan)
  return message(
    mrkdwn`${title} – ${incident.severity}. Now deciding: ${whoText(cardDeciders(input), input.now, 'any_time')}`,
    header(`${severityEmoji[incident.severity]} ${title}`),
    situation(input),
    section(dotted(...seen(input, plan), askedBy(input))),
    section(
      mrkdwn`${bold('What changes')}  ${dotted(whatChanges(plan), mrkdwn`${plan.to.name}: ${plan.chosenBecause}`)}`,
    ),
    section(mrkdwn`${bold('Also undoes')}  ${alsoUndoes(plan)}`, press(input, 'Show diff', 'diff')),
    section(lines(mrkdwn`${bold('How')}  ${how(plan, rollback, policy.rollback)}`, waysText(plan))),
    sectionIf(caution && mrkdwn`${bold('⚠ Watch out')}  ${caution}`),
    section(deciding(input)),
    freezeBlocks(input),
    brokenGlass(input),
    actions(
      approve(input),
      press(input, 'Reject', 'reject'),
      cancel(input),
      press(input, 'Break-glass…', 'break-glass'),
      ...freezeButtons(input),
    ),
    footnote(input),
  )
}

const verb = ({ canary, running, target }: Plan): string => {
  if (running) return 'Switch off a flag of'
  if (target.executor === 'region') return 'Move'
  return canary ? 'Take away the canary of' : 'Roll back'
}

/** What was measured, and when the version went out that it was measured of: after another deploy the figures are the earlier one's. */
function seen(
  { incident, rollback, now }: CardInput,
  { from, running, target }: Plan,
): readonly Markup[] {
  const measured = mrkdwn`${figuresText(incident)}`
  const since = mrkdwn`${clock(from.since, now)}${from.orEarlier ? ' or earlier' : ''}`
  if (running) return [measured, mrkdwn`${from.name} since ${since}`]
  if (target.executor === 'region') return [measured, mrkdwn`served from ${from.name}`]
  const out = mrkdwn`${from.name} went out at ${since}`
  return incident.figures.length > 0 && rollback.voided === undefined
    ? [mrkdwn`${measured} since ${out}`]
    : [measured, out]
}

/** Who may now, until when, who is next, who is told – before anybody clicks. */
function deciding(input: CardInput): Markup {
  const { rollback, now, policy } = input
  const who = cardDeciders(input)
  const first = rollback.approvals[0]
  const expires = requestExpiresAt(rollback, policy.rollback)
  return lines(
    mrkdwn`${bold('Who decides')}  ${whoText(who, now, 'any_time')}`,
    first &&
      mrkdwn`${bold('One of two')}  ${person(first.by)} approved as ${roleName(first.as)} at ${clockSeconds(first.at)} UTC; still needed: ${who.coApprover ? `a second person as ${roleName(who.coApprover)} or above` : 'a second person'}`,
    rollback.twoPerson ? twoPeople(input, who.now) : undefined,
    mayLose(rollback.plan)
      ? mrkdwn`two people must approve, because something may be lost for good`
      : undefined,
    input.incident.policies.length > 1
      ? mrkdwn`more than one version of the policy counts here: the stricter decides`
      : undefined,
    who.told.length > 0 ? mrkdwn`told on approval: ${roleList(who.told)}` : undefined,
    rollback.notBefore === null
      ? undefined
      : mrkdwn`${bold('When')}  ${beginsText(beginsOf({ ...rollback, notBefore: rollback.notBefore }, policy.rollback), now, 'any_time')}`,
    mrkdwn`undecided, it expires at ${clock(expires, now)}`,
    rollback.plan && automationLine(input.automation, rollback.plan.from.id, now),
  )
}

/** The level alone would mislead where the one who asked is the only one of it: then the next level is called. */
function twoPeople({ rollback }: CardInput, needed: Role): Markup {
  const next = above(needed)
  if (isMachine(rollback.requestedBy))
    return mrkdwn`needs two people: ${person(rollback.requestedBy)} asked, which is none, so two must approve`
  return mrkdwn`needs two people: ${person(rollback.requestedBy)} asked, so a different ${roleName(needed)} must approve${next ? ` or, where there is none, the ${roleName(next)}` : ''}`
}

/** Soft blockers are accepted in a form of their own; without them one dialog with service, place and versions is enough. */
function approve(input: CardInput): Button {
  const { service, rollback } = input
  if (rollback.plan?.warnings.some(isSoftBlocker))
    return press(input, 'Approve…', 'approve', { style: 'primary' })
  const when = rollback.notBefore !== null && rollback.notBefore > input.now
  return press(input, 'Approve', 'approve', {
    style: 'primary',
    confirm: confirm(
      'Roll back?',
      mrkdwn`Roll back ${bold(service.id)} in ${bold(service.environment)} from ${bold(fromName(input))} to ${bold(toName(input))} ${when ? `at ${clock(rollback.notBefore, input.now)}` : 'now'}?`,
      'Roll back',
      'Not yet',
    ),
  })
}

const cancel = (input: CardInput): Button =>
  press(input, 'Cancel', 'cancel', {
    confirm: confirm(
      'Cancel this request?',
      mrkdwn`Nothing has been changed; ${bold(input.service.id)} stays as it is.`,
      'Cancel the request',
      'Keep it',
    ),
  })

/** Decided, not begun: about to start, or waiting for its time. */
export function approvedCard(input: CardInput): Message {
  const { rollback, service, now, policy } = input
  const waits = rollback.notBefore !== null && rollback.notBefore > now
  const title = waits
    ? `Rollback of ${service.id} to ${toName(input)} is scheduled for ${clock(rollback.notBefore, now)}`
    : `Rolling back ${service.id} to ${toName(input)}: starting`
  const expires = approvalExpiresAt(rollback, policy.rollback)
  const next = waits
    ? mrkdwn`Starts at ${clock(rollback.notBefore, now)}. Before it starts the plan is checked once more; if anything moved, it stops and asks again.`
    : mrkdwn`Checking once more that what was approved is what is there, then it begins${rollback.plan ? ` (about ${span(rollback.plan.expectedMicros)})` : ''}.`
  return message(
    mrkdwn`${title}`,
    header(waits ? title : `🔄 ${title}`),
    situation(input),
    section(lines(approvedBy(input), next)),
    sectionIf(
      lines(
        acknowledged(input),
        expires &&
          mrkdwn`If it has not begun by ${clock(expires, now)}, the approval expires and it must be decided again.`,
      ),
    ),
    freezeBlocks(input),
    brokenGlass(input),
    actions(
      cancel(input),
      ...freezeButtons(input),
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}
