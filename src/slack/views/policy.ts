import type { Answer } from '#domain/communication/answer.ts'
import { roleName } from '#domain/communication/role-words.ts'
import { clock } from '#domain/communication/words.ts'
import { policyChanges } from '#domain/configuration/changes.ts'
import { versionOf } from '#domain/configuration/decide-review.ts'
import { type ConfigurationState, isReviewed, reviewNeeds } from '#domain/configuration/state.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Instant } from '#domain/time.ts'
import { message, section, sectionIf } from './blocks.ts'
import { bold, code, joined, lines, type Markup, mrkdwn, person } from './markup.ts'
import type { Message } from './message.ts'

type PolicyAnswer = Extract<Answer, { kind: 'policy' }>

/** Which policy is in force, what of it waits for a review, and what came of somebody's. */
export function policyAnswer({ state, did }: PolicyAnswer, now: Instant, command: string): Message {
  const first = did === undefined ? inForce(state, now) : mrkdwn`${outcomes[did]}`
  const more = isReviewed(state) ? undefined : waiting(state, command)
  return message(lines(first, more), section(first), sectionIf(more))
}

/** Said where announcements go, to those who can review it. */
export function policyNotice(
  state: ConfigurationState,
  now: Instant,
  command: string,
  people: readonly PersonId[],
): Message {
  const first = inForce(state, now)
  if (isReviewed(state)) return message(first, section(first))
  const called = people.length > 0 ? joined(people.slice(0, 15).map(person), ' ') : undefined
  const more = lines(waiting(state, command), called)
  return message(lines(first, more), section(first), sectionIf(more))
}

function inForce(state: ConfigurationState, now: Instant): Markup {
  const { hash, policy, since } = state
  const what = mrkdwn`Configuration ${code(versionOf(hash))} is in force since ${clock(since, now)}, with version ${code(versionOf(policy.hash))} of the policy`
  return isReviewed(state)
    ? mrkdwn`${what}. Who may decide waits for no review.`
    : mrkdwn`${what}, which says otherwise than the one before ${bold('who may decide')}.`
}

function waiting(state: ConfigurationState, command: string): Markup {
  const { policy, reviewed, reviews } = state
  return lines(
    ...policyChanges(reviewed, policy).map((change) => mrkdwn`• ${change}`),
    mrkdwn`Until two people have reviewed that, the stricter of the two versions decides, minute by minute.`,
    ...reviews.map(({ by, as }) => mrkdwn`Reviewed by ${person(by)} as ${roleName(as)}.`),
    mrkdwn`One of the two must be ${bold(roleName(reviewNeeds(state)))} or above: ${code(`${command} policy review ${versionOf(policy.hash)}`)}`,
  )
}

const outcomes = {
  counted: 'Your review counts. A second person is needed.',
  reviewed:
    'Reviewed by two people: this version of the policy decides alone in every incident that begins from now on.',
  nothing_to_review:
    'Nothing waits for a review: what is in force was reviewed. Nothing was written.',
  another_version:
    'That is not the version that waits for a review: look at what it changes below. Nothing was written.',
  no_role:
    'Whoever reviews the policy holds a role of the organisation, and you hold none. Nothing was written.',
  counted_before: 'Your review counts already: a second person is needed. Nothing was written.',
} as const satisfies Record<NonNullable<PolicyAnswer['did']>, string>
