import { advice } from '#domain/communication/promotion-story.ts'
import { ago, clock, count, list, span } from '#domain/communication/words.ts'
import { itemsOf, verdictAt } from '#domain/promotion/gate.ts'
import { gateItems, type ItemState } from '#domain/promotion/items.ts'
import { gateAt } from '#domain/promotion/ladder.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { StepVerdict } from '#domain/promotion/verdict.ts'
import { between, type Instant } from '#domain/time.ts'
import { actions, button, confirm, context, message, section, sectionIf } from './blocks.ts'
import { bold, dotted, joined, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Message, Sign } from './message.ts'
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
  if (state.ended) return message(first, section(first), context(ladderRow(state, now)))
  const isStanding = state.phase === 'watching'
  return message(
    first,
    section(lines(first, whoAsked(state, environment))),
    sectionIf(ladderRow(state, now)),
    sectionIf(
      isStanding ? lines(...itemsOf(state, minRequests).map(itemLine)) : progressText(state),
    ),
    sectionIf(lines(nextText(state), warningsText(state), heldText(state), voidedText(state))),
    sectionIf(isStanding ? verdictText(state, verdict) : undefined),
    context(decidesText(state, now)),
    ...(view.sign ? buttonsOf(state, verdict, { ...view, sign: view.sign }) : []),
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
  return verdict.kind === 'passed'
    ? mrkdwn`${what} may go on from ${at}`
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

/** The step, and what the canary really takes where that differs. */
function standsAt({ step, look }: PromotionState): string {
  const really = Math.round(look?.canary.share ?? step.share)
  return Math.abs(really - step.share) < 1
    ? `${step.share} %`
    : `${step.share} % (really ${really} %)`
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

/** `1 % ✓ 15 min · *10 %* 42 min of 1 h · 50 % · 100 %`. */
function ladderRow(state: PromotionState, now: Instant): Markup {
  const { settings, step, passed, ended } = state
  const rungs = settings.ladder.gates.map(({ at }) => at)
  const shares = [...new Set([...rungs, ...passed.map(({ share }) => share), step.share, 100])]
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

const marks = { passed: '✓', missed: '✗', open: '○', unknown: '?' } as const

const itemLine = ({ state, text }: ItemState): Markup => mrkdwn`${marks[state]} ${text}`

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

function nextText({ look, leg }: PromotionState): Markup | undefined {
  if (leg || !look) return undefined
  const { next, blocked } = look
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

const voidedText = ({ voided }: PromotionState): Markup | undefined =>
  voided === undefined ? undefined : mrkdwn`What was approved is not carried out: ${voided}`

function verdictText({ step }: PromotionState, verdict: StepVerdict): Markup {
  switch (verdict.kind) {
    case 'passed':
      return mrkdwn`${bold('Gate')}  everything holds that is asked for at ${step.share} %`
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

function buttonsOf(
  state: PromotionState,
  verdict: StepVerdict,
  { sign, environment, minRequests }: PromotionView & { readonly sign: Sign },
) {
  const { id: promotion, look, versions, phase, held, service, leg } = state
  const canary = versions?.canary?.name ?? 'the canary'
  const next = look?.next
  const detail = String(state.turns)
  const isStanding = phase === 'watching'
  const asks = itemsOf(state, minRequests).some(
    ({ item, state: is }) =>
      is !== 'passed' &&
      (gateItems[item].by === 'person' || (gateItems[item].by === 'product' && is === 'unknown')),
  )
  const forward =
    isStanding && look && next && !held && verdict.kind === 'passed'
      ? button(
          `Promote to ${shareText(next.share)}`,
          { kind: 'promote', promotion, digest: look.digest },
          sign,
          {
            style: 'primary',
            confirm: confirm(
              'Promote now?',
              mrkdwn`${bold(canary)} of ${bold(service)} in ${bold(environment)} from ${bold(standsAt(state))} to ${bold(shareText(next.share))} now?`,
              'Promote',
              'Not yet',
              'primary',
            ),
          },
        )
      : undefined
  return actions(
    forward,
    isStanding && asks
      ? button('Tick an item…', { kind: 'tick-gate', promotion }, sign)
      : undefined,
    phase === 'failed' ? button('Try again', { kind: 'canary-again', promotion }, sign) : undefined,
    isStanding && !held
      ? button('Hold', { kind: 'hold-canary', promotion, detail }, sign)
      : undefined,
    held ? button('Go on', { kind: 'canary-on', promotion, detail }, sign) : undefined,
    leg?.share === 0 && !leg.isHold && phase !== 'failed'
      ? undefined
      : button('Roll back canary…', { kind: 'canary-away', promotion }, sign, { style: 'danger' }),
  )
}

export const shareText = (share: number): string => (share >= 100 ? 'full' : `${share} %`)
