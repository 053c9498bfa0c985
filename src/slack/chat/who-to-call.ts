import { above, highest, type Role } from '#domain/authority/role.ts'
import { cannotBeTheOther } from '#domain/authority/two-people.ts'
import type { PersonId } from '#domain/ids.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import type { Service } from '#domain/service.ts'
import type { Edge } from '../edge.ts'

/** How long the directory may take, in ms. */
const directoryMs = 1_500

interface Wanted {
  readonly roles: readonly Role[]
  readonly rollback: RollbackState
  readonly service: Service
}
interface Called {
  readonly roles: readonly Role[]
  readonly people: readonly PersonId[]
}

/** The holders of the roles who may be the ones that are missing; those of the next level where nobody of them may. */
export async function whoToCall(
  edge: Pick<Edge, 'directory'>,
  { roles, rollback, service }: Wanted,
): Promise<Called> {
  const others = cannotBeTheOther(rollback)
  const everybody = await holders(edge, roles, service)
  const people = everybody.filter((person) => !others.includes(person))
  const top = highest(roles)
  const next = top && above(top)
  if (people.length > 0 || everybody.length === 0 || !next) return { roles, people }
  const higher = await holders(edge, [next], service)
  return { roles: [next], people: higher.filter((person) => !others.includes(person)) }
}

/** Whoever is on call for a service; where nobody is, or only `except`, the next level. */
export async function whoIsOnCall(
  edge: Pick<Edge, 'directory'>,
  service: Service,
  except?: string,
): Promise<Called> {
  for (const role of ['on-call-engineer', 'team-lead'] as const) {
    const everybody = await holders(edge, [role], service)
    const people = everybody.filter((person) => person !== except)
    if (people.length > 0) return { roles: [role], people }
  }
  return { roles: ['on-call-engineer'], people: [] }
}

/** Whoever holds one of the roles now; nobody where the directory does not answer in time. */
export async function holders(
  { directory }: Pick<Edge, 'directory'>,
  roles: readonly Role[],
  service: Service,
): Promise<readonly PersonId[]> {
  const signal = AbortSignal.timeout(directoryMs)
  const held = await Promise.all(roles.map((role) => directory.holders(role, service, signal)))
  return [...new Set(held.flatMap(({ people }) => people))]
}
