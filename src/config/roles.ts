import type { z } from 'zod'
import { isAtLeast, type Role, roleNames } from '#domain/authority/role.ts'
import type { RoleSource } from '#domain/service.ts'
import type { RoleName } from './roles-section.ts'
import type { sections } from './schema.ts'
import type { ServiceRow } from './service-row.ts'

type RolesSection = z.infer<typeof sections.roles>
type Source = RolesSection[keyof RolesSection]

/** The file speaks of executives, the domain of one role. */
export const roleOf = {
  'on-call-engineer': 'on-call-engineer',
  'team-lead': 'team-lead',
  'engineering-manager': 'engineering-manager',
  'vp-engineering': 'vp-engineering',
  executives: 'executive',
} as const satisfies Record<z.infer<typeof RoleName>, Role>

export const organisationRoles = (section: RolesSection): Readonly<Record<Role, RoleSource>> => ({
  'on-call-engineer': sourceOf(section['on-call-engineer']),
  'team-lead': sourceOf(section['team-lead']),
  'engineering-manager': sourceOf(section['engineering-manager']),
  'vp-engineering': sourceOf(section['vp-engineering']),
  executive: sourceOf(section.executives),
})

/** What a service says itself; the rest comes from the organisation. */
export const serviceRoles = (section: ServiceRow['roles']): Partial<Record<Role, RoleSource>> =>
  Object.fromEntries(
    Object.entries(section).flatMap(([name, source]) =>
      source === undefined ? [] : [[roleOf[name as keyof typeof roleOf], sourceOf(source)]],
    ),
  )

/** Sentences about decisions that no two (or no one) reachable people could ever take; policy §5, threat T039. */
export function unsatisfiable(
  roles: Readonly<Record<Role, RoleSource>>,
  twoPerson: boolean,
): readonly string[] {
  const problems: string[] = []
  const top = fewest(roles, 'vp-engineering')
  if (top !== undefined && top < 2)
    problems.push(
      `${roleNames['vp-engineering']} and ${roleNames.executive} are one and the same person: where one level above the VP is needed, two people decide together, so nobody could`,
    )
  const anybody = fewest(roles, 'on-call-engineer')
  if (twoPerson && anybody !== undefined && anybody < 2)
    problems.push('twoPerson asks for two people, but all roles together name only one')
  return problems
}

/** How many people hold at least `least`, when that is known from the file alone; groups are asked at the click. */
function fewest(roles: Readonly<Record<Role, RoleSource>>, least: Role): number | undefined {
  const people = new Set<string>()
  for (const role of Object.keys(roles) as Role[]) {
    if (!isAtLeast(role, least)) continue
    if (roles[role].slackUserGroup !== undefined) return undefined
    for (const member of roles[role].members ?? []) people.add(member)
  }
  return people.size
}

const sourceOf = ({ members, slackUserGroup }: Source): RoleSource => ({
  ...(members && { members }),
  ...(slackUserGroup !== undefined && { slackUserGroup }),
})
