import type { Refusal } from './refusal.ts'
import { type Role, rankOf, roles } from './role.ts'
import type { Standing } from './standing.ts'

export type Unknown = Extract<Standing, { kind: 'member' }>['unknown']

/** The way out is the next level whose holders are known; else broken glass, for those who surely hold a role, else the top. */
export function sourceDown(
  down: Unknown[number],
  unknown: Unknown,
  holds: Role | null,
): Extract<Refusal, { kind: 'role_source_down' }> {
  const unsure = unknown.map(({ role }) => role)
  const next = roles.find((role) => rankOf(role) > rankOf(down.role) && !unsure.includes(role))
  const otherwise = holds === null ? 'executive' : 'break-glass'
  return {
    kind: 'role_source_down',
    role: down.role,
    source: down.source,
    wayOut: next && next !== 'executive' ? next : otherwise,
  }
}
