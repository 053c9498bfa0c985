import { required, unraised } from '#domain/authority/matrix.ts'
import { highest, type Role } from '#domain/authority/role.ts'
import type { PersonId } from '#domain/ids.ts'
import type { History } from '#domain/incident/events.ts'
import type { PinnedPolicy } from '#domain/incident/policy-in-force.ts'
import { isSameJson } from '#domain/json.ts'
import type { Instant } from '#domain/time.ts'

export interface ConfigurationState {
  /** Names the whole file. */
  readonly hash: string
  readonly policy: PinnedPolicy
  readonly since: Instant
  /** The last one that was reviewed: counts beside the present one until that is. The first needs no review, there is nothing before it. */
  readonly reviewed: PinnedPolicy
  /** Of the present policy, while they are not enough. */
  readonly reviews: readonly {
    readonly by: PersonId
    readonly identity: string
    readonly as: Role
  }[]
}

/** Which configuration is in force, and what of it was reviewed; `undefined` before the first start. */
export const configurationState = (history: History): ConfigurationState | undefined =>
  history.reduce<ConfigurationState | undefined>((state, { at, event }) => {
    if (event.kind === 'configuration_changed') {
      const { hash, policy } = event
      if (!state) return { hash, policy, since: at, reviewed: policy, reviews: [] }
      const { reviewed } = state
      return {
        hash,
        policy,
        since: at,
        reviewed: saysTheSame(policy, reviewed) ? policy : reviewed,
        reviews: saysTheSame(policy, state.policy) ? state.reviews : [],
      }
    }
    if (event.kind !== 'policy_reviewed' || !state) return state
    const { by, identity, as, complete } = event
    return complete
      ? { ...state, reviewed: state.policy, reviews: [] }
      : { ...state, reviews: [...state.reviews, { by, identity, as }] }
  }, undefined)

export const isReviewed = ({ policy, reviewed }: ConfigurationState): boolean =>
  saysTheSame(policy, reviewed)

/** What counts beside the policy of this process, because nobody has reviewed that one (threat T154). */
export const formerPolicy = (
  state: ConfigurationState | undefined,
  policy: PinnedPolicy,
): PinnedPolicy | undefined =>
  state && !saysTheSame(policy, state.reviewed) ? state.reviewed : undefined

/** One of the two who review holds at least what the last window needs, before the change or after it. */
export const reviewNeeds = ({ policy, reviewed }: ConfigurationState): Role =>
  highest(
    [policy, reviewed].map(({ matrix }) => required(matrix.at(-1) ?? matrix[0], unraised).role),
  ) ?? 'vp-engineering'

/** Numbers that decide nothing about authority have another hash, and change nothing here. */
const saysTheSame = (one: PinnedPolicy, other: PinnedPolicy): boolean =>
  isSameJson({ ...one, hash: '' }, { ...other, hash: '' })
