import type { PersonId } from '#domain/ids.ts'
import type { RoleSource } from '#domain/service.ts'

/** One place that knows who holds a role. */
export interface Source {
  /** As people are told when it is down: `Slack user groups`. */
  readonly name: string
  /** `undefined` when this part of the source names nobody here. Throws when it does not answer. */
  members(source: RoleSource, signal: AbortSignal): Promise<readonly PersonId[] | undefined>
}
