import type { KnownBlock } from '@slack/types'
import { clock, count, list, span } from '#domain/communication/words.ts'
import { phaseWords } from '#domain/communication/phase-words.ts'
import { requestExpiresAt } from '#domain/rollback/next-move.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { digestToApprove, isTogether } from '#domain/rollback/together.ts'
import { actions, confirm, header, message, section, sectionIf } from './blocks.ts'
import { freezeBlocks } from './card-freeze.ts'
import { askedBy, brokenGlass, footnote, press, situation } from './card-parts.ts'
import { fit } from './fit.ts'
import { severityEmoji } from './incident-words.ts'
import { figuresText } from '#domain/communication/figures.ts'
import { roleList } from '#domain/communication/role-words.ts'
import { bold, dotted, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { watchOut, whatChanges } from './plan-words.ts'
import { cardDeciders, whoText } from './who-words.ts'

/** Slack shows so many blocks; what stands behind is counted. */
const mostShown = 12

/** One decision over all of them, in the order in which they are carried out. */
export function togetherProposal(input: CardInput, all: readonly RollbackState[]): Message {
  const { rollback, incident, policy, now } = input
  const names = all.map(({ service }) => service)
  const title = `Roll back ${count(all.length, 'service')}: ${list(names)}`
  const who = cardDeciders(input)
  const own = { ...input, rollback: { ...rollback, digest: digestToApprove(rollback) } }
  const needsWords = all.some(({ plan }) => plan?.warnings.some(isSoftBlocker) ?? false)
  const first = rollback.approvals[0]
  return message(
    mrkdwn`${title} – ${incident.severity}. Now deciding: ${whoText(who, now, 'any_time')}`,
    header(`${severityEmoji[incident.severity]} ${title}`),
    situation(input),
    section(dotted(mrkdwn`${figuresText(incident)}`, askedBy(input))),
    ...all.slice(0, mostShown).map((one, at) => section(proposed(one, at))),
    sectionIf(all.length > mostShown ? mrkdwn`and ${all.length - mostShown} more` : undefined),
    section(
      mrkdwn`${bold('How')}  one after the other: the next begins when the one before has been out for ${span(policy.rollback.settleMicros)} and is well; at the first that is not, the rest is left as it is`,
    ),
    section(
      lines(
        mrkdwn`${bold('Who decides')}  ${whoText(who, now, 'any_time')}, over each of ${list(names)}`,
        first &&
          mrkdwn`${bold('One of two')}  ${person(first.by)} approved; a second person is still needed`,
        who.told.length > 0 ? mrkdwn`told on approval: ${roleList(who.told)}` : undefined,
        mrkdwn`undecided, it expires at ${clock(requestExpiresAt(rollback, policy.rollback), now)}`,
      ),
    ),
    freezeBlocks(input, all),
    brokenGlass(input),
    actions(
      press(own, needsWords ? 'Approve all…' : 'Approve all', 'approve', {
        style: 'primary',
        ...(needsWords
          ? {}
          : {
              confirm: confirm(
                'Roll them back?',
                mrkdwn`Roll back, one after the other: ${lines(...all.slice(0, mostShown).map(way))}`,
                'Roll back',
                'Not yet',
              ),
            }),
      }),
      press(own, 'Reject all', 'reject'),
      press(own, 'Cancel', 'cancel', {
        confirm: confirm(
          'Cancel this request?',
          mrkdwn`Nothing has been changed; ${list(names)} stay as they are.`,
          'Cancel the request',
          'Keep it',
        ),
      }),
      press(own, 'Break-glass…', 'break-glass'),
    ),
    footnote(own),
  )
}

const way = ({ service, plan }: RollbackState): Markup =>
  mrkdwn`${bold(service)} ${plan?.from.name ?? '?'} → ${plan?.to.name ?? '?'}`

function proposed(rollback: RollbackState, at: number): Markup {
  const { plan } = rollback
  if (!plan) return mrkdwn`${at + 1}. ${way(rollback)}`
  const caution = watchOut(plan)
  return lines(
    mrkdwn`${at + 1}. ${way(rollback)} in ${plan.environment} · ${plan.how} · about ${span(plan.expectedMicros)}`,
    dotted(
      whatChanges(plan),
      mrkdwn`${plan.to.name}: ${plan.chosenBecause}`,
      plan.between.length > 0
        ? mrkdwn`also undoes ${list(plan.between.slice(0, 6))}${plan.between.length > 6 ? ' …' : ''}`
        : undefined,
    ),
    caution && mrkdwn`⚠ ${caution}`,
  )
}

/** Beside whatever a card says of its own rollback: where each of them stands, and what can still be left. */
export function withTogether(
  { text, blocks }: Message,
  input: CardInput,
  all: readonly RollbackState[],
): Message {
  const waiting = all.find((one) => isTogether(one) && waits(one))
  const rest: readonly KnownBlock[] = waiting
    ? actions(
        press({ ...input, rollback: waiting }, 'Leave the rest', 'cancel', {
          confirm: confirm(
            'Leave the rest?',
            mrkdwn`What has not begun stays as it is: ${list(all.filter(waits).map(({ service }) => service))}. What is under way goes on.`,
            'Leave the rest',
            'Go on',
          ),
        }),
      )
    : []
  const each = section(lines(...all.slice(0, mostShown * 2).map((one, at) => standing(one, at))))
  const last = blocks.slice(-1)
  return fit({
    text,
    blocks: [...blocks.slice(0, 2), each, ...blocks.slice(2, -1), ...rest, ...last],
  })
}

const waits = ({ phase, startedAt }: RollbackState): boolean =>
  phase === 'approved' && startedAt === undefined

const marks = { done: '✓', now: '▸', waits: '○', bad: '✗', left: '–' } as const

function standing(rollback: RollbackState, at: number): Markup {
  const { service, plan, phase, ended, startedAt } = rollback
  const where = `${at + 1}. ${service}`
  if (waits(rollback)) return mrkdwn`${marks.waits} ${where} waits for its turn`
  const to = plan?.to.name ?? 'the version before'
  if (phase === 'watching' || phase === 'stable')
    return mrkdwn`${marks.done} ${where} is back on ${to}, ${phaseWords(phase)}`
  if (startedAt === undefined && ended)
    return mrkdwn`${marks.left} ${where} stays on ${plan?.from.name ?? 'what runs'}${ended.why === undefined ? '' : `: ${ended.why}`}`
  const isBad = ['failed', 'stuck', 'not_recovered', 'degraded', 'unverified'].includes(phase)
  return mrkdwn`${isBad ? marks.bad : marks.now} ${where}: ${phaseWords(phase)}`
}
