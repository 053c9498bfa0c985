import type { Role } from '#domain/authority/role.ts'
import type { ConfigurationId, DeliveryId, PersonId } from '#domain/ids.ts'
import type { PinnedPolicy } from '#domain/incident/policy-in-force.ts'

interface Of {
  readonly configuration: ConfigurationId
}

/** What the bot is told to do, and who has looked at what became of the authority matrix: a stream of its own. */
export type ConfigurationEvent =
  /** Processes that work by it were started. `hash` names the whole file. */
  | (Of & {
      readonly kind: 'configuration_changed'
      readonly hash: string
      readonly policy: PinnedPolicy
    })
  /** Somebody has looked at it; complete when a second person has. */
  | (Of & {
      readonly kind: 'policy_reviewed'
      /** The hash of what they were shown. */
      readonly policy: string
      readonly by: PersonId
      readonly identity: string
      readonly as: Role
      readonly complete: boolean
      readonly delivery: DeliveryId
    })
