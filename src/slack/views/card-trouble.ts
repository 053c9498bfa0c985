import type { RollbackState } from '#domain/rollback/state.ts'
import { list } from '#domain/communication/words.ts'
import { actions, confirm, header, message, section, sectionIf } from './blocks.ts'
import { freezeBlocks, freezeButtons } from './card-freeze.ts'
import {
  approvedBy,
  brokenGlass,
  checklistButton,
  footnote,
  fromName,
  press,
  reviewButton,
  situation,
  toName,
} from './card-parts.ts'
import { resumeSync, syncText } from './card-sync.ts'
import { failedStep, stepContext } from './card-running.ts'
import { bold, code, dotted, lines, type Markup, mrkdwn, quoted } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { nextWayButton, nextWayText } from './way-words.ts'
import { cardDeciders, levelText } from './who-words.ts'

/** A step did not work out and nothing was taken back on its own: people choose. */
export function failedCard(input: CardInput): Message {
  const { rollback, service } = input
  const title = `Rollback of ${service.id} stopped at “${failedStep(rollback)}”`
  const isOver = rollback.failure?.again !== undefined
  return message(
    mrkdwn`${title}. People must choose what happens next.`,
    header(`⚠️ ${title}`),
    situation(input),
    section(
      lines(
        mrkdwn`${bold('Why')}  ${quoted(rollback.failure?.message ?? 'unknown', 600)}`,
        standing(rollback),
      ),
    ),
    stepContext(input),
    section(
      lines(
        mrkdwn`${bold('Options')}  ${dotted(isOver ? mrkdwn`try again: what this step began is over, and waiting helps no more` : mrkdwn`keep waiting: it may only be slow`, mrkdwn`undo and go back to ${fromName(input)}`)}`,
        nextWayText(input),
        mrkdwn`${bold('Who decides')}  ${levelText(cardDeciders(input), input.now)}; undoing needs at least the level that approved`,
        look(input),
      ),
    ),
    sectionIf(approvedBy(input)),
    freezeBlocks(input),
    brokenGlass(input),
    actions(
      isOver ? tryAgain(input) : keepWaiting(input),
      nextWayButton(input),
      press(input, 'Undo this rollback…', 'undo', { style: 'danger' }),
      resumeSync(input),
      ...freezeButtons(input),
      checklistButton(input),
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}

const keepWaiting = (input: CardInput) =>
  press(input, 'Keep waiting', 'keep-waiting', {
    style: 'primary',
    confirm: confirm(
      'Keep waiting?',
      mrkdwn`The step ${bold(failedStep(input.rollback))} is watched again, with ${bold(toName(input))} still on its way.`,
      'Keep waiting',
      'Not yet',
      'primary',
    ),
  })

/** The same decision: to go on with this step. */
const tryAgain = (input: CardInput) =>
  press(input, 'Try again', 'keep-waiting', {
    style: 'primary',
    confirm: confirm(
      'Try again?',
      mrkdwn`The step ${bold(failedStep(input.rollback))} is made once more, to ${bold(toName(input))}. See first that what ended it is over: it would end this one, too.`,
      'Try again',
      'Not yet',
      'primary',
    ),
  })

/** An undo failed too. Nothing more happens on its own; somebody must look. */
export function stuckCard(input: CardInput): Message {
  const { rollback, service } = input
  const title = `${service.id} is stuck between ${fromName(input)} and ${toName(input)}`
  return message(
    mrkdwn`${title}: “${failedStep(rollback)}” could not be taken back. A person must look.`,
    header(`⚠️ ${title}`),
    situation(input),
    section(
      lines(
        mrkdwn`${bold('What happened')}  “${failedStep(rollback)}” could not be taken back: ${quoted(rollback.failure?.message ?? 'unknown', 600)}`,
        standing(rollback),
      ),
    ),
    stepContext(input),
    section(
      lines(
        look(input),
        syncText(input),
        mrkdwn`${bold('Next')}  Nothing more happens on its own. Look, then either put it right by hand and write down what you did (${code(`${input.command ?? '/rollback'} note …`)} here), or undo once more: what failed is tried again.`,
        mrkdwn`${bold('Who decides')}  undoing needs at least the level that approved`,
      ),
    ),
    sectionIf(approvedBy(input)),
    freezeBlocks(input),
    brokenGlass(input),
    actions(
      press(input, 'Undo this rollback…', 'undo', { style: 'danger' }),
      press(input, 'Status page…', 'status-page'),
      resumeSync(input),
      ...freezeButtons(input),
      checklistButton(input),
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}

/** What was changed and what was not, as far as anybody knows. */
function standing(rollback: RollbackState): Markup {
  const { steps, failure, at, phase } = rollback
  const here = failure?.step ?? at
  if (phase === 'stuck') return leftBehind(rollback, here)
  const names = (from: number, to?: number): string =>
    list(steps.slice(from, to).map(({ name }) => name))
  const changed = names(0, failure?.applied ? here + 1 : here)
  const rest = names(here + 1)
  const itself = steps[here]?.name ?? 'this step'
  const unclear = failure?.applied
    ? mrkdwn`${bold('Did not come')}  ${failedStep(rollback)}`
    : failure?.changed === 'nothing'
      ? mrkdwn`${bold('Not changed')}  ${itself}`
      : mrkdwn`${bold('May be half done')}  ${itself}`
  return lines(
    mrkdwn`${bold('Changed')}  ${changed === '' ? 'nothing before this step' : changed}`,
    unclear,
    rest === '' ? undefined : mrkdwn`${bold('Not begun')}  ${rest}`,
  )
}

/** An undo goes from the last step to the first: what lies before the one that failed has not been touched by it. */
function leftBehind({ steps, failure }: RollbackState, here: number): Markup {
  const names = (from: number, to?: number): string =>
    list(steps.slice(from, to).map(({ name }) => name))
  const isWhole = failure?.changed === 'nothing'
  const inPlace = names(0, isWhole ? here + 1 : here)
  const rest = names(here + 1)
  return lines(
    inPlace === '' ? undefined : mrkdwn`${bold('Still in place')}  ${inPlace}`,
    isWhole ? undefined : mrkdwn`${bold('May be half taken back')}  ${names(here, here + 1)}`,
    rest === '' ? undefined : mrkdwn`${bold('Taken back or never begun')}  ${rest}`,
  )
}

const look = ({ look: command }: CardInput): Markup | undefined =>
  command === undefined ? undefined : mrkdwn`${bold('Look with')}  ${code(command, 600)}`
