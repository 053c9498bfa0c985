import { leftoverCall } from '#domain/communication/leftover-words.ts'
import type { Role } from '#domain/authority/role.ts'
import type { Notice } from '#domain/communication/notice.ts'
import type { PersonId } from '#domain/ids.ts'
import type { IncidentState } from '#domain/incident/state.ts'
import type { Service } from '#domain/service.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import {
  doubtedSyncs,
  endedAdvice,
  endedFacts,
  endedSyncs,
} from '#domain/communication/sync-words.ts'
import { clock, clockSeconds, coarse, count, span } from '#domain/communication/words.ts'
import type { Instant, Micros } from '#domain/time.ts'
import { message, section } from './blocks.ts'
import { joined, type Markup, mrkdwn, person, quoted } from './markup.ts'
import type { Message } from './message.ts'
import { roleList } from '#domain/communication/role-words.ts'

export interface MentionInput {
  readonly about: Extract<Notice, { kind: 'mention' }>['about']
  readonly roles: readonly Role[]
  /** Who holds the roles; nobody when the directory did not know. */
  readonly people: readonly PersonId[]
  readonly incident: IncidentState
  readonly rollback: RollbackState
  readonly now: Instant
}

const mostPeople = 15

/** For whoever is on call, while nothing is proposed: what fires, since when, and what to do first. */
export function onCallMention({
  incident,
  service,
  people,
  now,
}: Pick<MentionInput, 'incident' | 'people' | 'now'> & { readonly service: Service }): Message {
  const called =
    people.length > 0
      ? joined(people.slice(0, mostPeople).map(person), ' ')
      : mrkdwn`(I found nobody who is on call for ${service.id})`
  const text = mrkdwn`${called} please look at ${service.id} (${incident.severity}, began ${clock(incident.startedAt, now)}): ${quoted(incident.title, 150)}. No rollback is proposed; the card above shows what fires and how to begin one.`
  return message(text, section(text))
}

/** For the level above the one that decides: nobody has, in the time there is. */
export function overdueMention({
  incident,
  service,
  rollback,
  people,
  to,
  within,
  now,
}: Pick<MentionInput, 'incident' | 'people' | 'now'> & {
  readonly service: Service
  readonly rollback: RollbackState | undefined
  readonly to: Role
  readonly within: Micros
}): Message {
  const called =
    people.length > 0
      ? joined(people.slice(0, mostPeople).map(person), ' ')
      : mrkdwn`(I found nobody who is ${roleList([to], 'or')})`
  const what = rollback?.plan
    ? mrkdwn`on the rollback of ${service.id}: ${rollback.plan.from.name} → ${rollback.plan.to.name}`
    : mrkdwn`about ${service.id}`
  const next = rollback
    ? 'Whoever decides at this minute still may, and so may you: the card above shows what would change.'
    : 'No rollback is proposed; the card above shows what fires and how to begin one.'
  const text = mrkdwn`${called} please look as well, as ${roleList([to])}: nobody has decided ${what} within ${span(within)} (${incident.severity}, began ${clock(incident.startedAt, now)}). ${next}`
  return message(text, section(text))
}

/** Calls the people a moment needs, and says in the same line what is wanted of them. */
export function mention(input: MentionInput): Message {
  const { people, roles } = input
  const called =
    people.length > 0
      ? joined(people.slice(0, mostPeople).map(person), ' ')
      : mrkdwn`(I found nobody who is ${roleList(roles, 'or')})`
  const text = mrkdwn`${called} ${wanted(input)}`
  return message(text, section(text))
}

/** Why people are called again. */
const waiting: Partial<Record<RollbackState['phase'], string>> = {
  failed: 'stopped at a step that failed',
  stuck: 'is stuck and needs somebody to look',
  not_recovered: 'was rolled back and has not recovered',
  unverified: 'was rolled back, and whether it is well is not known',
  degraded: 'was rolled back and got worse again',
}

function wanted({ about, roles, rollback, incident, now }: MentionInput): Markup {
  const what = whatOf(rollback, rollback.plan)
  const as = roleList(roles, 'or')
  switch (about) {
    case 'asked':
      if (rollback.voided !== undefined)
        return mrkdwn`the plan that was approved no longer fits: ${rollback.voided}. Nothing was changed. Please decide on the new one, ${what} (${incident.severity}, began ${clock(incident.startedAt, now)}). It needs the ${as}; the card above shows exactly what would change.`
      if (rollback.phase === 'awaiting_approval' && rollback.approvals.length > 0)
        return mrkdwn`please decide on the rollback of ${what} (${incident.severity}, began ${clock(incident.startedAt, now)}) as well: ${approvers(rollback)} approved, and a second person is needed, the ${as}. The card above shows exactly what would change.`
      return mrkdwn`please decide on the rollback of ${what} (${incident.severity}, began ${clock(incident.startedAt, now)}). It needs the ${as}; the card above shows exactly what would change.`
    case 'countdown':
      return mrkdwn`${what} is rolled back by itself (${rollback.fired?.rule ?? 'automation'})${rollback.countdown ? ` at ${clockSeconds(rollback.countdown.until)} UTC` : ''}, unless you stop it: Cancel, Now and Pause automation stand on the card above.`
    case 'escalated':
      return mrkdwn`the rollback of ${what} now needs the ${as} (${incident.severity}, began ${clock(incident.startedAt, now)}). Please decide with the buttons on the card.`
    case 'approved':
      if (!rollback.approved)
        return mrkdwn`for your information as ${roleList(roles)}: the rollback of ${whatOf(rollback, rollback.voidedPlan ?? rollback.plan)} was approved, but the approval no longer holds. Nothing is needed of you now.`
      return mrkdwn`for your information as ${roleList(roles)}: the rollback of ${what} was approved by ${approvers(rollback)} and ${rollback.notBefore !== null && rollback.notBefore > now ? `begins at ${clock(rollback.notBefore, now)}` : 'is under way'}. Nothing is needed of you now.`
    case 'break-glass':
      return mrkdwn`BREAK-GLASS: ${rollback.breakGlass ? mrkdwn`${person(rollback.breakGlass.by)} approved` : mrkdwn`somebody approved`} the rollback of ${what} above their level${rollback.breakGlass ? mrkdwn`: ${quoted(rollback.breakGlass.reason)}` : mrkdwn``}. Please review it with the button on the card.`
    case 'not-recovered':
      return mrkdwn`${what} was rolled back and is not known to be well. Please decide what comes next; the card shows the options.`
    case 'reminded':
      return mrkdwn`still waiting, for ${coarse(now - rollback.since)}: ${what} ${waiting[rollback.phase] ?? 'needs a decision'}. Now deciding: the ${as}, with the buttons on the card.`
    case 'sync-paused':
      return mrkdwn`the sync of ${rollback.service} is still paused: ${rollback.sync?.reminded?.why ?? 'nobody let it go on'}. Put ${rollback.plan?.to.name ?? 'what runs'} into Git, then press Resume sync on the card; as long as it is paused, nothing new from Git reaches ${rollback.service}.`
    case 'sync-ended': {
      // By the time this is shown it may be settled.
      const doubted = doubtedSyncs(rollback)
      return mrkdwn`${(doubted.length > 0 ? doubted : endedSyncs(rollback))
        .map((one) => `${endedFacts(one, rollback, now)}${endedAdvice(one, rollback)}`)
        .join(' ')}`
    }
    case 'left-behind':
      return mrkdwn`${(rollback.leftover && leftoverCall(rollback.leftover)) ?? 'look at what the rollback left behind; the card says what it is.'}`
    case 'stuck':
      return mrkdwn`the rollback of ${what} needs a person: a step failed and nothing more happens on its own. The card says what was changed and where to look.`
  }
}

const whatOf = (
  { service, together, voided }: RollbackState,
  plan: RollbackState['plan'],
): string => {
  if (together && voided === undefined)
    return `${service} and ${count(together.of - 1, 'more service')}`
  return plan ? `${service}: ${plan.from.name} → ${plan.to.name}` : service
}

const approvers = ({ approvals, approved }: RollbackState): Markup =>
  joined(
    (approvals.length > 0 || !approved ? approvals : [approved]).map(({ by }) => person(by)),
    ' and ',
  )
