import type { Button } from '@slack/types'
import type { Answer } from '#domain/communication/answer.ts'
import type { PlanDigest, RollbackId } from '#domain/ids.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { ago, clock, coarse, list, span } from '#domain/communication/words.ts'
import type { Instant } from '#domain/time.ts'
import { actions, button, context, message, section, sectionIf } from './blocks.ts'
import { spoken } from './card-parts.ts'
import { checklistText } from '#domain/checklist/items.ts'
import { figuresText } from '#domain/communication/figures.ts'
import {
  bold,
  channel,
  code,
  dotted,
  lines,
  type Markup,
  mrkdwn,
  person,
  quoted,
} from './markup.ts'
import type { ButtonKind, Message, Sign } from './message.ts'
import { alsoUndoes, blockerText, watchOut, whatChanges } from './plan-words.ts'
import { spaced } from '#domain/communication/role-words.ts'
import { refusalText } from './refusal.ts'
import { named } from './versions.ts'
import { roleList, roleName } from '#domain/communication/role-words.ts'
import { whoText } from './who-words.ts'

export interface AnswerContext {
  readonly now: Instant
  readonly sign: Sign
  /** Slack id of the incident's channel, for pointing there. */
  readonly channel?: string | undefined
  /** The rollback the answer is about, where it is known: for offering the new plan. */
  readonly rollback?: RollbackState | undefined
  /** The rollback command as it is called here. */
  readonly command?: string
}

/** What the person who asked or clicked is told; only they see it. */
export function answer(answer: Answer, context: AnswerContext): Message {
  const { now } = context
  const command = context.command ?? '/rollback'
  switch (answer.kind) {
    case 'requested':
      return says(
        mrkdwn`Rollback of ${bold(answer.service)} from ${answer.from} to ${answer.to} is ready to be decided${where(context)}.`,
        mrkdwn`Who decides: ${whoText(answer.who, now)}${answer.who.told.length > 0 ? `. Told on approval: ${roleList(answer.who.told)}` : ''}.`,
      )
    case 'preview':
      return preview(answer, now, command)
    case 'blocked':
      return says(
        mrkdwn`${bold(answer.service)} cannot be rolled back now. Nothing was done.`,
        ...answer.blockers.slice(0, 5).map(blockerText),
        versionsText(answer.candidates),
      )
    case 'unknown_service':
      return says(
        mrkdwn`I know no service called ${code(answer.typed, 80)}.`,
        answer.nearest.length > 0
          ? mrkdwn`Did you mean ${list(answer.nearest, 'or')}? Type it again with that name.`
          : mrkdwn`Type ${code(command)} alone to choose from the list.`,
      )
    case 'unknown_revision':
      return says(
        mrkdwn`${bold(answer.service)} has no version ${code(answer.typed, 80)}.`,
        versionsText(answer.available) ?? mrkdwn`No other version is known.`,
        mrkdwn`Name one by its tag, its number or its digest: ${code(`${command} ${answer.service} --to ${answer.available[0]?.name ?? '<version>'}`)}`,
      )
    case 'already_under_way':
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
        mrkdwn`${clock(answer.typed, answer.now)} lies in the future (it is ${clock(answer.now)}). An incident begins in the past: give the time the trouble started.`,
      )
    case 'decided':
      return says(mrkdwn`${decided(answer, context)}`)
    case 'counted':
      return says(
        mrkdwn`Your approval for ${bold(answer.service)} counts. One more is needed: a second person as ${bold(roleName(answer.stillNeeds))} or above. They have been mentioned in the channel.`,
      )
    case 'refused':
      return refused(answer, context)
    case 'status':
      return status(answer, now, command)
    case 'history':
      return history(answer, now, command)
    case 'noted':
      return says(
        mrkdwn`${noted[answer.what]}: ${quoted(answer.text)}. It is on the timeline under your name.`,
      )
    case 'needs_level':
      return says(
        mrkdwn`To ${answer.what} you need to be ${bold(roleName(answer.needs))} now; ${answer.holds === null ? 'you hold no role for this service' : `you are ${roleName(answer.holds)}`}. Nothing was done; ask one of them to do it.`,
      )
    case 'ticked':
      return says(
        mrkdwn`Ticked ${bold(checklistText(answer.item))}; it is on the timeline under your name.`,
      )
    case 'nothing_found':
      return says(mrkdwn`Nothing found: ${answer.what}.`)
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

/** The first line is also what a notification shows. */
function says(first: Markup, ...more: readonly (Markup | undefined)[]): Message {
  return message(lines(first, ...more), section(first), sectionIf(lines(...more)))
}

const where = ({ channel: id }: AnswerContext): Markup =>
  id === undefined ? mrkdwn`` : mrkdwn` in ${channel(id)}`

function decided(answer: Extract<Answer, { kind: 'decided' }>, context: AnswerContext): Markup {
  const as = roleName(answer.as)
  const place = where(context)
  const done = {
    approve: mrkdwn`Approved as ${as}. The rollback of ${bold(answer.service)} begins; the card${place} shows how far it is.`,
    reject: mrkdwn`Rejected as ${as}. ${bold(answer.service)} stays as it is.`,
    cancel: mrkdwn`Cancelled as ${as}. ${bold(answer.service)} stays as it is.`,
    undo: mrkdwn`Undo ordered as ${as}: ${bold(answer.service)} goes back to the version before. The card${place} shows how far it is.`,
    collapse: mrkdwn`Ordered as ${as}: the rest of the rollback of ${bold(answer.service)} is done at once.`,
    'keep-waiting': mrkdwn`Keeping on as ${as}: ${bold(answer.service)} gets more time. The card${place} shows how far it is.`,
    'lift-hold': mrkdwn`Hold lifted as ${as}: the version of ${bold(answer.service)} may be deployed again.`,
    'review-break-glass': mrkdwn`Reviewed as ${as}. Your note is on the timeline.`,
  } as const
  return answer.breakGlass
    ? mrkdwn`${done[answer.decided]} You broke glass: the next two levels are told, and it stays listed until it has been reviewed.`
    : done[answer.decided]
}

function refused(answer: Extract<Answer, { kind: 'refused' }>, context: AnswerContext): Message {
  const text = refusalText(answer.refusal, context.now)
  return message(text, section(text), actions(...waysOn(answer, context)))
}

/** What the refused person can do at once. */
function waysOn(
  { refusal, rollback, decided: tried }: Extract<Answer, { kind: 'refused' }>,
  { sign, rollback: state }: AnswerContext,
): readonly (Button | undefined)[] {
  const breaking =
    tried === 'approve' && !('holds' in refusal && refusal.holds === null)
      ? make(sign, 'Break-glass…', 'break-glass', rollback, { digest: state?.digest })
      : undefined
  switch (refusal.kind) {
    case 'not_now':
    case 'below_approver':
    case 'not_the_requester':
      return [
        make(sign, `Ask the ${roleName(refusal.needs)}`, 'ask', rollback, {
          detail: refusal.needs,
        }),
        breaking,
      ]
    case 'role_source_down':
      return [
        refusal.wayOut === 'break-glass'
          ? undefined
          : make(sign, `Ask the ${roleName(refusal.wayOut)}`, 'ask', rollback, {
              detail: refusal.wayOut,
            }),
        breaking,
      ]
    case 'plan_changed':
      return [make(sign, 'See the new plan', 'diff', rollback, { digest: state?.digest })]
    case 'already_decided':
    case 'nothing_to_decide':
      return [make(sign, 'Timeline', 'timeline', rollback, {})]
    default:
      return []
  }
}

function make(
  sign: Sign,
  label: string,
  kind: ButtonKind,
  rollback: RollbackId,
  more: { readonly digest?: PlanDigest | undefined; readonly detail?: string },
): Button {
  return button(
    label,
    {
      kind,
      rollback,
      ...(more.digest === undefined ? {} : { digest: more.digest }),
      ...(more.detail === undefined ? {} : { detail: more.detail }),
    },
    sign,
  )
}

function preview(
  { plan, digest, who, candidates }: Extract<Answer, { kind: 'preview' }>,
  now: Instant,
  command: string,
): Message {
  const first = mrkdwn`Dry run, nothing was done: ${bold(plan.service)} in ${plan.environment} would go from ${plan.from.name} to ${plan.to.name}.`
  const caution = watchOut(plan)
  return message(
    first,
    section(first),
    section(
      lines(
        mrkdwn`${bold('From → to')}  ${named(plan.from)} → ${named(plan.to)} (${plan.chosenBecause})`,
        mrkdwn`${bold('What changes')}  ${whatChanges(plan)}`,
        mrkdwn`${bold('Also undoes')}  ${alsoUndoes(plan)}`,
        mrkdwn`${bold('How')}  ${plan.how} · about ${span(plan.expectedMicros)} (budget ${span(plan.budgetMicros)})`,
        mrkdwn`${bold('Steps')}  ${plan.steps.map(({ name }, index) => `${index + 1}. ${name}`).join(' · ')}`,
        caution && mrkdwn`${bold('⚠ Watch out')}  ${caution}`,
        mrkdwn`${bold('Who decides')}  ${whoText(who, now)}`,
      ),
    ),
    sectionIf(candidatesText(candidates, now)),
    context(
      dotted(
        mrkdwn`plan ${spoken(digest)}`,
        mrkdwn`to ask for it: ${code(`${command} ${plan.service}`)}`,
      ),
    ),
  )
}

function status(
  { service, running, unreachable, open }: Extract<Answer, { kind: 'status' }>,
  now: Instant,
  command: string,
): Message {
  const first =
    running === undefined
      ? mrkdwn`${bold(service)}: I cannot see what runs${unreachable === undefined ? '' : ` (${unreachable})`}.`
      : mrkdwn`${bold(service)} runs ${named(running)}, since ${ago(running.since, now)}${running.by === undefined ? '' : `, shipped by ${running.by}`}.`
  const incidents = open
    .slice(0, 5)
    .map(({ incident, state, rollbacks }) =>
      lines(
        mrkdwn`${bold(state.severity.toUpperCase())} ${incident} · started ${ago(state.startedAt, now)} · ${figuresText(state)}${state.channel ? mrkdwn` · ${channel(state.channel.id)}` : mrkdwn``}`,
        ...rollbacks.slice(-3).map((rollback) => rollbackLine(rollback, now)),
      ),
    )
  return message(
    first,
    section(first),
    incidents.length > 0
      ? incidents.map((text) => section(text))
      : [section(mrkdwn`No incident is open. To roll back: ${code(`${command} ${service}`)}`)],
  )
}

const rollbackLine = (rollback: RollbackState, now: Instant): Markup =>
  mrkdwn`• rollback ${rollback.plan ? `${rollback.plan.from.name} → ${rollback.plan.to.name}` : `to ${rollback.wanted ?? 'the last good version'}`}: ${spaced(rollback.phase)} since ${clock(rollback.since, now)}, asked for by ${person(rollback.requestedBy)}`

function history(
  { service, running, candidates }: Extract<Answer, { kind: 'history' }>,
  now: Instant,
  command: string,
): Message {
  const first = mrkdwn`${bold(service)} runs ${named(running)}, since ${ago(running.since, now)}.`
  return message(
    first,
    section(first),
    sectionIf(candidatesText(candidates, now) ?? mrkdwn`No earlier version is known.`),
    context(mrkdwn`to go back to one: ${code(`${command} ${service} --to <version>`)}`),
  )
}

const mostCandidates = 12

function candidatesText(candidates: readonly Candidate[], now: Instant): Markup | undefined {
  if (candidates.length === 0) return undefined
  const more = candidates.length - mostCandidates
  return lines(
    ...candidates.slice(0, mostCandidates).map((candidate) => candidateLine(candidate, now)),
    more > 0 ? mrkdwn`and ${more} older` : undefined,
  )
}

function candidateLine(candidate: Candidate, now: Instant): Markup {
  const { revision } = candidate
  return dotted(
    mrkdwn`• ${named(revision)}`,
    revision.number === undefined ? undefined : mrkdwn`revision ${revision.number}`,
    mrkdwn`from ${ago(revision.since, now)}`,
    revision.by === undefined ? undefined : mrkdwn`by ${revision.by}`,
    standingText(candidate, now),
  )
}

/** What is known of a version, in a few words. */
export function standingText({ standing, missing }: Candidate, now: Instant): Markup {
  if (missing !== undefined) return mrkdwn`cannot be used: ${missing}`
  switch (standing.kind) {
    case 'verified':
      return mrkdwn`verified good ${coarse(now - standing.at)} ago`
    case 'served':
      return mrkdwn`served for ${coarse(standing.forMicros)}, not verified by us`
    case 'unproven':
      return mrkdwn`never seen working`
    case 'bad':
      return mrkdwn`marked bad: ${standing.because}`
  }
}

function versionsText(revisions: readonly Revision[]): Markup | undefined {
  return revisions.length === 0
    ? undefined
    : mrkdwn`Known versions: ${dotted(...revisions.slice(0, 8).map(named))}`
}

const noted = {
  severity: 'Severity changed',
  announcement: 'Sent',
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
