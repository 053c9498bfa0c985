import { highest, isAtLeast, type Role } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import { type ConfigurationState, isReviewed, reviewNeeds } from './state.ts'

export type ReviewDecision =
  | { readonly kind: 'counted'; readonly as: Role; readonly complete: boolean }
  | {
      readonly kind: 'refused'
      readonly because: 'nothing_to_review' | 'another_version' | 'no_role' | 'counted_before'
    }

/** A version is named by as much of its hash as people are shown. */
export const versionOf = (hash: string): string => hash.slice(0, 12)

/** May this person's look at the policy count? Two separate people are needed: whoever changed the file is not known here. */
export function decideReview(
  state: ConfigurationState,
  version: string,
  member: Extract<Standing, { kind: 'member' }>,
): ReviewDecision {
  const no = (because: Extract<ReviewDecision, { kind: 'refused' }>['because']) =>
    ({ kind: 'refused', because }) as const
  if (isReviewed(state)) return no('nothing_to_review')
  if (version !== versionOf(state.policy.hash)) return no('another_version')
  const as = highest(member.roles)
  if (as === undefined) return no('no_role')
  const isCounted = state.reviews.some(
    ({ by, identity }) => by === member.person || identity === member.identity,
  )
  if (isCounted) return no('counted_before')
  const needs = reviewNeeds(state)
  const isHighEnough = [as, ...state.reviews.map((review) => review.as)].some((role) =>
    isAtLeast(role, needs),
  )
  return { kind: 'counted', as, complete: state.reviews.length > 0 && isHighEnough }
}
