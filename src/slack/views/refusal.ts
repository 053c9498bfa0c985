import type { Refusal } from '#domain/authority/refusal.ts'
import type { Decided } from '#domain/rollback/events.ts'
import { ago, clock, list } from '#domain/communication/words.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import { bold, joined, type Markup, mrkdwn, person } from './markup.ts'
import { phaseWords } from '#domain/communication/phase-words.ts'
import { roleName, spaced } from '#domain/communication/role-words.ts'

/** What the refused person reads: the rule, and the way on. Breaking glass approves, so it is offered to approvers alone. */
export function refusalText(refusal: Refusal, tried: Decided, now: Instant): Markup {
  switch (refusal.kind) {
    case 'not_now':
      return mrkdwn`Not you, not now: since ${clock(refusal.since, now)} this needs the ${bold(roleName(refusal.needs))}${reachable(refusal.reachable)}.${holding(refusal.holds)} You can ask them with one click${tried === 'approve' && refusal.holds !== null ? ', or break glass and say why.' : '.'}`
    case 'not_a_member':
      return mrkdwn`${outsiders[refusal.why]} Ask somebody of the service’s team in this channel.`
    case 'plan_changed':
      return mrkdwn`This plan changed after you opened it: ${refusal.why}. Nothing was done. Look at the new plan and decide on that one.`
    case 'already_decided':
      return already(refusal, now)
    case 'already_counted':
      return mrkdwn`You approved this ${ago(refusal.at, now)} already, and each person counts once. A second person is needed: the ${bold(roleName(refusal.needs))}${named(refusal.reachable)} or above. You can ask them with one click.`
    case 'expired':
      return mrkdwn`${expired[refusal.what]} ${ago(refusal.at, now)}. Nothing was done. If it is still needed, ask for the rollback again.`
    case 'second_person_needed':
      return mrkdwn`This needs two people, and you are already one of them. The ${bold(roleName(refusal.needs))}${named(refusal.reachable)} or above must decide; you can ask them with one click.`
    case 'acknowledgement_needed':
      return mrkdwn`Before this can be approved you must type that you accept: ${list(refusal.warnings.map(softName))}. Press Approve again and write it down. Nothing was done.`
    case 'reason_needed':
      return mrkdwn`Please say why, in at least ten characters: it goes on the timeline. Nothing was done; press the button again.`
    case 'role_source_down':
      return mrkdwn`I cannot see who is ${roleName(refusal.role)} at the moment: ${refusal.source} does not answer, and nobody is let in on a guess. ${wayOut(refusal.wayOut, tried)} Nothing was done.`
    case 'nothing_to_decide':
      return mrkdwn`That button does nothing while the rollback is ${phaseWords(refusal.phase)}. Nothing was done. The card in this channel shows where it stands.`
    case 'not_the_requester':
      return mrkdwn`Only the person who asked for it, or the ${bold(roleName(refusal.needs))}, may do this now. Nothing was done.`
    case 'below_approver':
      if (refusal.over !== undefined)
        return mrkdwn`This needs at least the ${bold(roleName(refusal.needs))} of every service that it stops; for ${bold(refusal.over)} you ${refusal.holds === null ? 'hold no role' : `are ${roleName(refusal.holds)}`}. Nothing was done.`
      return mrkdwn`This needs at least the level that approved: the ${bold(roleName(refusal.needs))}.${holding(refusal.holds)} Nothing was done; you can ask them.`
    case 'not_for_break_glass':
      return mrkdwn`Breaking glass is for people who hold a role of this service, and you hold none. Ask somebody who does. Nothing was done.`
    case 'wrong_place':
      return mrkdwn`This button belongs to another message. Use the card in the incident’s own channel. Nothing was done.`
  }
}

function already(
  { as, by, at }: Extract<Refusal, { kind: 'already_decided' }>,
  now: Instant,
): Markup {
  const who = by === null ? mrkdwn`` : mrkdwn` by ${person(by)}`
  const next = {
    approved: 'It is under way.',
    rejected: 'Nothing was changed.',
    cancelled: 'Nothing was changed.',
    expired: 'Nothing was changed; ask for the rollback again if it is still needed.',
    finished: 'It is over.',
  } as const
  return mrkdwn`Already ${as}${who} ${ago(at, now)}. ${next[as]}`
}

function reachable(people: readonly PersonId[]): Markup {
  return people.length === 1
    ? mrkdwn` (${joined(people.map(person), '')} is on call)`
    : named(people)
}

function named(people: readonly PersonId[]): Markup {
  return people.length === 0 ? mrkdwn`` : mrkdwn` (${joined(people.slice(0, 3).map(person), ', ')})`
}

const holding = (holds: Parameters<typeof roleName>[0] | null): string =>
  holds === null ? ' You hold no role for this service.' : ` You are ${roleName(holds)}.`

function wayOut(
  out: Extract<Refusal, { kind: 'role_source_down' }>['wayOut'],
  tried: Decided,
): string {
  if (tried !== 'approve')
    return out === 'break-glass' ? 'Try again soon.' : `The ${roleName(out)} can decide.`
  if (out === 'break-glass') return 'If it cannot wait, break glass and say why.'
  return out === 'executive'
    ? `If it cannot wait, the ${roleName(out)} can decide.`
    : `The ${roleName(out)} can decide, or break glass and say why.`
}

const softNames: Readonly<Record<string, string>> = {
  marked_bad: 'the version to go to is marked bad',
  gitops_owner: 'a GitOps tool may put the bad version back',
  rollback_of_rollback: 'this takes back an earlier rollback',
}
const softName = (kind: string): string => softNames[kind] ?? spaced(kind)

const outsiders = {
  guest: 'Guests cannot decide on production.',
  external: 'People of other organisations cannot decide on production.',
  deactivated: 'This account is deactivated.',
  bot: 'Bots cannot decide on production.',
  unknown: 'I do not know this account.',
} as const
const expired = {
  request: 'This request expired',
  approval: 'The approval expired',
  schedule: 'Its time to start passed',
} as const
