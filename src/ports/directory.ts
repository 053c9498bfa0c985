import type { Role } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { PersonId } from '#domain/ids.ts'
import type { Service } from '#domain/service.ts'

export interface Holders {
  readonly people: readonly PersonId[]
  /** Sources that did not answer; `people` may then be incomplete. */
  readonly down: readonly string[]
}

/** Who may: asked at every click, never remembered longer than a few seconds. Never throws: a source that fails is named. */
export interface Directory {
  standing(person: PersonId, service: Service, signal: AbortSignal): Promise<Standing>
  holders(role: Role, service: Service, signal: AbortSignal): Promise<Holders>
}
