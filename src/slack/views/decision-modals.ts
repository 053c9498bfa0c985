import type { InputBlock, ModalView } from '@slack/types'
import { pausedNames } from './card-sync.ts'
import { shortestReason } from '#domain/authority/decide-approval.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Policy } from '#domain/policy.ts'
import { isOpen } from '#domain/rollback/phase.ts'
import { pinLasts, type PinTime, pinTimes } from '#domain/rollback/pin.ts'
import { isSoftBlocker } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service, Target } from '#domain/service.ts'
import { type Instant, plus } from '#domain/time.ts'
import { section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, select, textInput } from './inputs.ts'
import { clock, list } from '#domain/communication/words.ts'
import { bold, lines, type Markup, mrkdwn } from './markup.ts'
import { warningText } from './plan-words.ts'
import { cardDeciders, whoText } from './who-words.ts'

export interface DecisionModalInput {
  readonly rollback: RollbackState
  readonly service: Service
  readonly incident: IncidentState
  readonly policy: Policy
  readonly now: Instant
  readonly metadata: string
  /** What the freeze can be widened to. */
  readonly wider?: { readonly services: readonly Service[]; readonly scope: readonly Target[] }
}
export type Reasoned =
  | 'reject'
  | 'undo'
  | 'collapse'
  | 'lift-hold'
  | 'resume-sync'
  | 'lift-freeze'
  | 'widen-freeze'
  | 'pin'
  | 'review-break-glass'

/** Asks for the words that go on the timeline with a decision. */
export function reasonModal(action: Reasoned, given: DecisionModalInput): ModalView {
  const { title, submit, says, label, optional } = asking(action, given)
  return fitModal(
    modal(
      title,
      [
        section(says),
        ...(action === 'pin' ? [pinTimeInput(given.now)] : []),
        input(inputs.reason, textInput(inputs.reason, { least: optional ? 0 : shortestReason }), {
          label,
          optional,
          hint: 'It goes on the timeline under your name.',
        }),
      ],
      { submit, callback: callbacks.reason, metadata: given.metadata },
    ),
  )
}

interface Words {
  readonly title: string
  readonly submit: string
  readonly says: Markup
  readonly label: string
  readonly optional: boolean
}

function asking(action: Reasoned, given: DecisionModalInput): Words {
  const { rollback, service } = given
  const from = rollback.plan?.from.name ?? 'the version before'
  const to = rollback.plan?.to.name ?? 'the chosen version'
  const place = mrkdwn`${bold(service.id)} in ${bold(service.environment)}`
  switch (action) {
    case 'reject':
      return {
        title: 'Reject the rollback',
        submit: 'Reject',
        says: mrkdwn`${place} stays on ${bold(from)}. Nothing has been changed.`,
        label: 'Why not?',
        optional: true,
      }
    case 'undo':
      return {
        title: 'Undo the rollback',
        submit: 'Undo the rollback',
        says: mrkdwn`${place} goes from ${bold(to)} back to ${bold(from)} – the version it was rolled back from. This needs at least the level that approved.`,
        label: 'Why go back to it?',
        optional: false,
      }
    case 'collapse':
      return {
        title: 'Finish at once',
        submit: 'Finish at once',
        says: lines(
          mrkdwn`What is left of the rollback of ${place} is done in one move, without draining gently.${rollback.plan?.collapseHow ? mrkdwn` ${rollback.plan.collapseHow}` : mrkdwn``} Requests under way may fail.`,
          takingOver(rollback),
        ),
        label: 'Why can it not wait?',
        optional: false,
      }
    case 'lift-hold':
      return {
        title: 'Lift the hold',
        submit: 'Lift the hold',
        says: mrkdwn`${bold(rollback.hold?.name ?? from)} of ${place} may be deployed again${rollback.hold?.refusedBy ? ': the cluster refuses it no longer' : ''}.`,
        label: 'What makes it safe now?',
        optional: false,
      }
    case 'resume-sync':
      return {
        title: 'Resume the sync',
        submit: 'Resume the sync',
        says: lines(
          mrkdwn`${pausedNames(rollback)} brings what Git has to ${place} again, at once. Where Git still has ${bold(from)}, that takes this rollback back.`,
          mrkdwn`It needs at least the level that approved.`,
        ),
        label: `What is in Git now?`,
        optional: false,
      }
    case 'lift-freeze':
      return {
        title: 'Lift the freeze',
        submit: 'Lift the freeze',
        says: mrkdwn`Everybody may deploy ${place}${rollback.freeze.wider ? mrkdwn`, ${list(rollback.freeze.wider.services)}` : ''} again${rollback.freeze.pinned ? mrkdwn`: the pin until ${clock(rollback.freeze.pinned.until, given.now)} ends` : `, while this rollback ${isOpen(rollback) ? 'is still under way' : 'is still being looked after'}`}. ${approverNeeded(rollback)}`,
        label: 'What must be deployed, and why can it not wait?',
        optional: false,
      }
    case 'widen-freeze':
      return {
        title: 'Freeze wider',
        submit: 'Freeze them too',
        says: wideningText(given, place),
        label: 'Why must they stop, too?',
        optional: false,
      }
    case 'pin':
      return {
        title: 'Pin the version',
        submit: 'Pin it',
        says: mrkdwn`What runs of ${place} stays: deploys of it are refused for as long as you choose, also when this incident is long closed. Whoever must deploy sooner lifts the freeze; a canary that is there already can still be promoted. ${approverNeeded(rollback)}`,
        label: 'What must happen before the next deploy?',
        optional: false,
      }
    case 'review-break-glass':
      return {
        title: 'Review the break-glass',
        submit: 'Mark as reviewed',
        says: mrkdwn`The rollback of ${place} was approved above the approver’s level. Reason given: “${rollback.breakGlass?.reason ?? 'none'}”`,
        label: 'What is your finding?',
        optional: false,
      }
  }
}

const approverNeeded = ({ approved }: RollbackState): string =>
  approved
    ? 'This needs at least the level that approved.'
    : 'This needs the level that decides now.'

const pinTimeInput = (now: Instant): InputBlock =>
  input(
    inputs.until,
    select(
      inputs.until,
      pinTimes.map((time) => ({
        value: time,
        text: `for ${pinWords[time]}, until ${clock(plus(now, pinLasts[time]), now)}`,
      })),
      '1d',
      'Choose',
    ),
    { label: 'How long?', hint: 'It ends by itself then. Pinned again, the newer time counts.' },
  )
const pinWords: Readonly<Record<PinTime, string>> = {
  '4h': '4 hours',
  '1d': 'a day',
  '3d': '3 days',
  '7d': '7 days',
}

/** Exactly what would be stopped: whoever decides on it needs the authority over each. */
function wideningText({ service, wider, rollback }: DecisionModalInput, place: Markup): Markup {
  const { services = [], scope = [] } = wider ?? {}
  const level = rollback.approved ? 'the level that approved' : 'the level that decides now'
  return lines(
    mrkdwn`Deploys of every other service of ${bold(service.owner)} are refused together with those of ${place}, until the freeze is lifted – one lift opens all – or ends:`,
    ...services.map(
      ({ id, targets }) =>
        mrkdwn`• ${bold(id)}: ${scope
          .filter(({ workload }) => targets.some((target) => target.workload === workload))
          .map(({ title }) => title)
          .join(', ')}`,
    ),
    mrkdwn`This needs at least ${level}, for each of them.`,
  )
}

/** What will carry the traffic once the rest is gone. With nothing ready it may still be right: a version can do harm by running. */
function takingOver({ service, plan, progress }: RollbackState): Markup | undefined {
  if (!plan) return undefined
  const { ready, wanted } = progress ?? { ready: 0, wanted: plan.units.count }
  const there = mrkdwn`${bold(`${ready} of ${wanted} ${plan.units.noun}`)} on ${plan.to.name}`
  return ready === 0
    ? mrkdwn`${there} are ready now: until some are, ${bold('nothing serves')} ${service}. Do it only if ${plan.from.name} does harm by running.`
    : mrkdwn`${there} are ready now; they alone serve ${service} until the rest is there.`
}

/** Acting above one's window. What it means is said before anything is typed. */
export function breakGlassModal(given: DecisionModalInput): ModalView {
  const { rollback, service } = given
  return fitModal(
    modal(
      'Break glass',
      [
        section(
          lines(
            mrkdwn`You are about to approve the rollback of ${bold(service.id)} in ${bold(service.environment)} from ${bold(rollback.plan?.from.name ?? '?')} to ${bold(rollback.plan?.to.name ?? '?')} above your level.`,
            mrkdwn`Now deciding: ${decidersText(given)}`,
            mrkdwn`The channel and the next two levels are told at once, and it stays listed until the proper level has reviewed it.`,
          ),
        ),
        input(inputs.reason, textInput(inputs.reason, { least: shortestReason }), {
          label: 'Why can it not wait for them?',
          hint: `At least ${shortestReason} characters. It goes on the timeline under your name.`,
        }),
      ],
      { submit: 'Break glass', callback: callbacks.breakGlass, metadata: given.metadata },
    ),
  )
}

/** Soft blockers (policy §3): read them, then say in words that you accept them. */
export function acknowledgeModal(given: DecisionModalInput): ModalView {
  const { rollback, service } = given
  const soft = rollback.plan?.warnings.filter(isSoftBlocker) ?? []
  return fitModal(
    modal(
      'Approve despite this',
      [
        section(
          lines(
            mrkdwn`Roll back ${bold(service.id)} in ${bold(service.environment)} from ${bold(rollback.plan?.from.name ?? '?')} to ${bold(rollback.plan?.to.name ?? '?')} – although:`,
            ...soft.map((warning) => mrkdwn`• ${warningText(warning)}`),
            mrkdwn`It needs one level more: ${decidersText(given)}`,
          ),
        ),
        input(inputs.reason, textInput(inputs.reason, { least: shortestReason }), {
          label: 'Write that you accept this, and why',
          hint: `At least ${shortestReason} characters. It goes on the timeline under your name.`,
        }),
      ],
      { submit: 'Roll back', callback: callbacks.acknowledge, metadata: given.metadata },
    ),
  )
}

const decidersText = (given: DecisionModalInput): Markup =>
  whoText(cardDeciders(given), given.now, 'at_once')
