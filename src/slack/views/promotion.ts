import { advice } from '#domain/communication/promotion-story.ts'
import { ago, clock, count, list, span } from '#domain/communication/words.ts'
import { itemsOf, verdictAt } from '#domain/promotion/gate.ts'
import type { ItemState } from '#domain/promotion/items.ts'
import { gateAt, sharesAhead } from '#domain/promotion/ladder.ts'
import { isAsFarAsAsked, type PromotionState } from '#domain/promotion/state.ts'
import type { StepVerdict } from '#domain/promotion/verdict.ts'
import { between, type Instant } from '#domain/time.ts'
import { context, message, section, sectionIf } from './blocks.ts'
import { bold, dotted, isNothing, joined, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Message, Sign } from './message.ts'
import { leftoverText } from './leftover.ts'
import { keepFormer, promotionButtonsOf } from './promotion-buttons.ts'
import { shareText, standsAt } from './promotion-share.ts'
import { warningText } from './plan-words.ts'

export interface PromotionView {
  readonly now: Instant
  /** Requests of an arm that prove something. */
  readonly minRequests: number
  readonly environment: string
  /** Undefined where nothing is to be pressed. */
  readonly sign: Sign | undefined
}

/** A canary on its way: where it stands on its ladder, each item of the gate with its value, what comes next and who may decide. */
export function promotionCard(state: PromotionState, view: PromotionView): Message {
  const { now, minRequests, environment } = view
  const verdict = verdictAt(state, minRequests, now)
  const first = headline(state, verdict)
  if (state.ended)
    return message(
      first,
      section(first),
      sectionIf(leftoverText(state.leftover, now)),
      ...footnote(ladderRow(state, now)),
      ...(view.sign ? [keepFormer(state, view.sign)].filter((one) => one !== undefined) : []),
    )
  const isStanding = state.phase === 'watching'
  return message(
    first,
    section(lines(first, whoAsked(state, environment))),
    sectionIf(ladderRow(state, now)),
    sectionIf(
      isStanding ? lines(...itemsOf(state, minRequests).map(itemLine)) : progressText(state),
    ),
    sectionIf(lines(nextText(state), warningsText(state), heldText(state), voidedText(state, now))),
    sectionIf(isStanding ? verdictText(state, verdict) : undefined),
    context(decidesText(state, now)),
    ...(view.sign ? promotionButtonsOf(state, verdict, { ...view, sign: view.sign }) : []),
  )
}

function headline(state: PromotionState, verdict: StepVerdict): Markup {
  const { look, versions, service, leg, phase, ended } = state
  const canary = versions?.canary?.name ?? 'the canary'
  const stable = versions?.stable.name
  const what = mrkdwn`${bold(service)}: ${canary}${stable === undefined ? '' : ` beside ${stable}`}`
  if (ended) return mrkdwn`${endMarks[ended.outcome]} ${bold(service)}: ${ended.why}`
  if (leg?.isHold)
    return phase === 'failed'
      ? mrkdwn`⚠ ${what} could not be held where it stands`
      : mrkdwn`🔄 ${what} is being held where it stands`
  if (phase === 'failed')
    return mrkdwn`⚠ ${what} – the move to ${shareText(leg?.share ?? 0)} did not come off`
  if (leg)
    return leg.share === 0
      ? mrkdwn`🔄 ${what} is being taken away`
      : mrkdwn`🔄 ${what} is being moved to ${shareText(leg.share)}`
  if (!look) return mrkdwn`${what} is being looked at`
  const at = standsAt(state)
  if (verdict.kind === 'missed') return mrkdwn`⚠ ${what} missed the gate at ${at}`
  return verdict.kind === 'passed' && !isAsFarAsAsked(state)
    ? state.step.share === 0
      ? mrkdwn`${what} may begin`
      : mrkdwn`${what} may go on from ${at}`
    : mrkdwn`${what} stands at ${at}`
}

/** Where it stands, in one line among other things. */
export function canaryLine(state: PromotionState, now: Instant): Markup {
  const { versions, step, held, leg } = state
  const canary = versions?.canary?.name ?? 'a canary'
  const where = leg
    ? leg.goal.share === 0
      ? 'being taken away'
      : `on its way to ${shareText(leg.share)}`
    : `at ${standsAt(state)} since ${clock(step.since, now)}`
  return mrkdwn`${bold('Canary')}  ${canary} ${where}${held ? mrkdwn`, held by ${person(held.by)}` : ''}`
}

const endMarks = { promoted: '✅', reached: '✅', taken_away: '↩', gone: '◻' } as const

function whoAsked(
  { requestedBy, requestedAt, to, isStricter }: PromotionState,
  environment: string,
): Markup {
  return dotted(
    mrkdwn`${environment}`,
    requestedBy === 'countermand'
      ? mrkdwn`seen ${clock(requestedAt)}, nobody asked`
      : mrkdwn`asked for by ${person(requestedBy)}, ${clock(requestedAt)}`,
    to === 100 ? undefined : mrkdwn`up to ${to} %`,
    isStricter ? mrkdwn`small steps, because the one before was taken back` : undefined,
  )
}

/**
 * `1 % ✓ 15 min · *10 %* 42 min of 1 h · 50 % · 100 %`: where it will stop, which is not each step of the ladder where the platform has its own;
 * of what is over, where it stood.
 */
function ladderRow(state: PromotionState, now: Instant): Markup {
  const { settings, step, passed, ended, look } = state
  const ahead = ended
    ? ended.outcome === 'promoted'
      ? [100]
      : []
    : sharesAhead(settings.ladder, step.share, look?.canary.stops)
  const shares = [...new Set([...ahead, ...passed.map(({ share }) => share), step.share])]
    .filter((share) => share > 0)
    .toSorted((one, other) => one - other)
  return dotted(
    ...shares.map((share) => {
      const before = passed.find((one) => one.share === share)
      if (before) return mrkdwn`${share} % ✓ ${span(before.micros)}`
      if (share !== step.share) return mrkdwn`${share} %`
      if (ended) return mrkdwn`${share} %`
      const stood = span(between(step.since, now))
      return share === 100
        ? mrkdwn`${bold('100 %')}`
        : mrkdwn`${bold(`${share} %`)} ${stood} of ${span(gateAt(settings.ladder, share).after)}`
    }),
  )
}

const footnote = (text: Markup) => (isNothing(text) ? [] : [context(text)])

const marks = { passed: '✓', missed: '✗', open: '○', unknown: '?' } as const

const itemLine = ({ state, text, by }: ItemState): Markup =>
  dotted(mrkdwn`${marks[state]} ${text}`, by && person(by))

function progressText({ leg, phase, failure, checks }: PromotionState): Markup | undefined {
  if (!leg) return undefined
  const steps = leg.steps.map(({ name }, index) =>
    index < leg.at || phase === 'verifying'
      ? mrkdwn`✓ ${name}`
      : mrkdwn`${index === leg.at ? '▸' : '○'} ${name}`,
  )
  const { progress } = leg
  return lines(
    joined(steps, '  '),
    progress && phase === 'settling'
      ? mrkdwn`${progress.ready} / ${progress.wanted} ready${progress.note === '' ? '' : ` – ${progress.note}`}`
      : undefined,
    phase === 'verifying' ? mrkdwn`looking whether it is in effect` : undefined,
    failure ? mrkdwn`${failure.message}` : undefined,
    ...checks.filter(({ result }) => result !== 'passed').map(({ text }) => mrkdwn`✗ ${text}`),
  )
}

function nextText({ look, leg, step }: PromotionState): Markup | undefined {
  if (leg || !look) return undefined
  const { next, blocked } = look
  if (isAsFarAsAsked({ look }))
    return mrkdwn`${bold('Next')}  it stays at ${shareText(step.share)}, as far as it was asked for, and is measured on: ask for its promotion again to take it further`
  if (!next) return mrkdwn`${bold('Next')}  it cannot go on from here: ${list(blocked)}`
  const really =
    Math.abs(next.reaches - next.share) >= 1 ? `, really ${Math.round(next.reaches)} %` : ''
  return mrkdwn`${bold('Next')}  ${shareText(next.share)}${really} · ${next.how} · about ${span(next.expectedMicros)}`
}

function warningsText({ look }: PromotionState): Markup | undefined {
  const warnings = look?.canary.warnings ?? []
  return warnings.length === 0
    ? undefined
    : mrkdwn`${bold('⚠ Watch out')}  ${dotted(...warnings.slice(0, 4).map(warningText))}`
}

const heldText = ({ held }: PromotionState): Markup | undefined =>
  held &&
  mrkdwn`${bold('Held')}  by ${person(held.by)} since ${clock(held.at)}: nothing goes on until the hold is ended`

function voidedText({ voided, leg }: PromotionState, now: Instant): Markup | undefined {
  if (!voided || leg) return undefined
  const { act, kind, why, at } = voided
  const when = clock(at, now)
  if (act === 'away') return mrkdwn`⚠ ${bold('Not taken away')}, ${when}: ${why}`
  if (act === 'hold') return mrkdwn`⚠ ${bold('Not stopped on its platform')}, ${when}: ${why}`
  return kind === 'stopped'
    ? mrkdwn`The move was stopped on its way, ${when}: ${why}`
    : mrkdwn`What was approved is not carried out, ${when}: ${why}`
}

function verdictText({ step, settings }: PromotionState, verdict: StepVerdict): Markup {
  switch (verdict.kind) {
    case 'passed':
      if (step.share > 0)
        return mrkdwn`${bold('Gate')}  everything holds that is asked for at ${step.share} %`
      return settings.tests.length > 0
        ? mrkdwn`${bold('Gate')}  every test has passed that is asked for before its first requests`
        : mrkdwn`${bold('Gate')}  nothing is asked for before its first requests`
    case 'missed':
      return mrkdwn`${bold('Gate')}  missed: ${advice[verdict.advice]}`
    case 'waiting':
      return mrkdwn`${bold('Gate')}  ${count(verdict.why.length, 'thing')} still missing`
  }
}

function decidesText({ settings, requestedBy, look, ended }: PromotionState, now: Instant): Markup {
  const { isAutomatic, handles, requesterMayApprove } = settings
  const own =
    requestedBy === 'countermand' || requesterMayApprove
      ? undefined
      : mrkdwn`not ${person(requestedBy)}`
  return dotted(
    mrkdwn`Who decides: on-call engineer of the service, or above`,
    ended ? undefined : own,
    isAutomatic && handles === undefined
      ? mrkdwn`goes on by itself where every item holds, by stricter numbers`
      : undefined,
    handles === undefined ? undefined : mrkdwn`handles ${handles}: always a person`,
    look ? mrkdwn`figures of ${ago(look.figures.at, now)}` : undefined,
  )
}
