import type { Role } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'

export interface Holders {
  readonly people: readonly PersonId[]
  /** Sources that did not answer; `people` may then be incomplete. */
  readonly down: readonly string[]
}

/** What a role is held of: a service, or the organisation, where no service replaces its sources. */
export type HeldOf = Pick<Service, 'roles'> & Partial<Pick<Service, 'id'>>

/** Who may: asked at every click, never remembered longer than a few seconds. Never throws: a source that fails is named. */
export interface Directory {
  standing(person: PersonId, of: HeldOf, signal: AbortSignal): Promise<Standing>
  holders(role: Role, of: HeldOf, signal: AbortSignal): Promise<Holders>
}
