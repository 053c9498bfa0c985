import type { RollbackState } from '#domain/rollback/state.ts'
import { elapsedOf } from '#domain/communication/took.ts'
import { clockSeconds, span } from '#domain/communication/words.ts'
import { frozenNames } from '#domain/communication/freeze-words.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import { micros, plus } from '#domain/time.ts'
import { actions, context, header, message, section, sectionIf } from './blocks.ts'
import { faultBlocks } from './card-faults.ts'
import { freezeButtons } from './card-freeze.ts'
import {
  acknowledged,
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
import { bold, dotted, joined, lines, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { CardInput, Message } from './message.ts'
import { roleName } from '#domain/communication/role-words.ts'
import { nextWayButton, nextWayText } from './way-words.ts'
import { cardDeciders } from './who-words.ts'

/** While changes are made or taken back. */
export function runningCard(input: CardInput): Message {
  const { rollback, service } = input
  const back = rollback.phase === 'undoing'
  const title = back
    ? `Taking back the rollback of ${service.id}: returning to ${fromName(input)}`
    : `Rolling back ${service.id} to ${toName(input)}`
  return message(
    mrkdwn`${title} – ${progressText(input)}`,
    header(`🔄 ${title}`),
    situation(input),
    section(lines(approvedBy(input), acknowledged(input))),
    section(lines(progressLine(input), stepList(rollback, watchText(input)))),
    sectionIf(lines(remarks(input), nextWayText(input))),
    faultBlocks(input),
    brokenGlass(input),
    actions(
      canCollapse(rollback) ? press(input, 'Finish at once…', 'collapse') : undefined,
      nextWayButton(input),
      rollback.phase === 'settling' ? press(input, 'Undo this rollback…', 'undo') : undefined,
      ...freezeButtons(input),
      checklistButton(input),
      press(input, 'Timeline', 'timeline'),
      reviewButton(input),
    ),
    footnote(input),
  )
}

const canCollapse = ({ plan, collapsed, phase }: RollbackState): boolean =>
  (plan?.collapse.length ?? 0) > 0 && collapsed === undefined && phase !== 'undoing'

const cells = 20

/** `█████████████░░░░░░░`: full only when everything is there. */
export function bar(ready: number, wanted: number): string {
  const share = wanted > 0 ? Math.min(1, Math.max(0, ready / wanted)) : 0
  const full = Math.floor(share * cells)
  return '█'.repeat(full) + '░'.repeat(cells - full)
}

function progressLine(input: CardInput): Markup {
  const { progress, plan } = input.rollback
  const wanted = progress?.wanted ?? plan?.units.count ?? 0
  return mrkdwn`${bar(progress?.ready ?? 0, wanted)}  ${progressText(input)}`
}

/** `8 / 12 pods on v2.2.1 · 22 s of 180 s at 14:31:27 · budget until 14:34:05 UTC`. */
function progressText({ rollback }: CardInput): Markup {
  const { progress, plan } = rollback
  const on = rollback.phase === 'undoing' ? plan?.from.name : plan?.to.name
  const noun = plan?.units.noun ?? 'units'
  return dotted(
    progress
      ? mrkdwn`${progress.ready} / ${progress.wanted} ${noun}${on === undefined ? '' : ` on ${on}`}`
      : mrkdwn`${plan ? `0 / ${plan.units.count} ${noun}` : 'starting'}`,
    times(rollback),
  )
}

/**
 * With its budget while it goes forward; taking back has none. The card stands still between two edits: what has elapsed is said
 * of the time of the newest event, so that it stays true.
 */
function times({ phase, plan, startedAt, since, latestAt }: RollbackState): Markup | undefined {
  if (startedAt === undefined || !plan) return undefined
  if (phase === 'undoing') return mrkdwn`since ${clockSeconds(since)} UTC`
  const elapsed = elapsedOf(latestAt - startedAt, plan.budgetMicros)
  const until = plus(startedAt, micros(plan.budgetMicros))
  return mrkdwn`${elapsed} at ${clockSeconds(latestAt)} · budget until ${clockSeconds(until)} UTC`
}

function remarks(input: CardInput): Markup {
  const { rollback } = input
  const { progress, plan, budgetSpentAt, collapsed, failure } = rollback
  return lines(
    failure && mrkdwn`${bold('Why')}  ${failedStep(rollback)}: ${failure.message}`,
    progress && progress.note !== '' ? mrkdwn`${progress.note}` : undefined,
    budgetSpentAt === undefined
      ? undefined
      : mrkdwn`${bold('Slower than planned')}  the budget of ${span(plan?.budgetMicros ?? 0)} is spent; the next decision needs the ${roleName(cardDeciders(input).now)}`,
    collapsed &&
      mrkdwn`${bold('Finished at once')}  by ${person(collapsed.by)}: ${quoted(collapsed.reason)}`,
  )
}

export const failedStep = ({ steps, failure }: RollbackState): string =>
  failure ? nameOf(steps[failure.step], failure) : 'a step'

/** The change where it failed, what it waits for where that did not come. */
function nameOf(
  step: RollbackState['steps'][number] | undefined,
  { step: index, applied }: NonNullable<RollbackState['failure']>,
): string {
  return (applied ? step?.settles : undefined) ?? step?.name ?? `step ${index + 1}`
}

const watchText = ({ policy }: CardInput): string => `watch ${span(policy.rollback.watchMicros)}`

/** `✓ template restored   ▸ pods   ◦ verify   ◦ watch 30 min`. */
export function stepList(rollback: RollbackState, watch: string): Markup {
  const taken = rollback.phase === 'undoing' || rollback.phase === 'stuck'
  const steps = rollback.steps.flatMap((_, index) =>
    taken ? undoMarks(rollback, index) : marks(rollback, index),
  )
  const frozen = isFrozen(rollback.freeze)
    ? [mrkdwn`✓ frozen deploys of ${frozenNames(rollback)}`]
    : []
  const after = taken ? [] : [later(rollback, 'verify'), mrkdwn`◦ ${watch}`]
  return joined([...frozen, ...steps, ...after], '   ')
}

function marks({ steps, at, phase, failure }: RollbackState, index: number): readonly Markup[] {
  const step = steps[index]
  if (!step) return []
  const settles = step.settles === undefined ? [] : [step.settles]
  const done = phase === 'verifying' || index < at
  if (done) return show('✓', step.name, ...settles)
  if (index > at) return show('◦', step.name, ...settles)
  if (failure?.step === index)
    return failure.applied
      ? [...show('✓', step.name), ...show('✗', ...settles)]
      : [...show('✗', step.name), ...show('◦', ...settles)]
  return phase === 'settling'
    ? [...show('✓', step.name), ...show('▸', ...settles)]
    : [...show('▸', step.name), ...show('◦', ...settles)]
}

function undoMarks({ steps, at, phase }: RollbackState, index: number): readonly Markup[] {
  const name = steps[index]?.name ?? `step ${index + 1}`
  if (index < at) return [mrkdwn`✓ ${name} (still in place)`]
  if (index > at)
    return [
      steps[index]?.stays ? mrkdwn`✓ ${name} (left as it is)` : mrkdwn`↩ ${name} (taken back)`,
    ]
  return [phase === 'stuck' ? mrkdwn`✗ ${name}` : mrkdwn`▸ taking back: ${name}`]
}

const show = (sign: string, ...names: readonly string[]): readonly Markup[] =>
  names.map((name) => mrkdwn`${sign} ${name}`)

const later = ({ phase }: RollbackState, name: string): Markup =>
  mrkdwn`${phase === 'verifying' ? '▸' : '◦'} ${name}`

/** Used where the list stands alone. */
export const stepContext = (input: CardInput) => context(stepList(input.rollback, watchText(input)))
