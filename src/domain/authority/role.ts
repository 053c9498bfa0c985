/** Who may decide, lowest first. Executives are told, and co-approve above the VP. */
export const roles = [
  'on-call-engineer',
  'team-lead',
  'engineering-manager',
  'vp-engineering',
  'executive',
] as const
export type Role = (typeof roles)[number]

export const rankOf = (role: Role): number => roles.indexOf(role)
export const isAtLeast = (role: Role, needed: Role): boolean => rankOf(role) >= rankOf(needed)
/** The highest of the roles somebody holds; `undefined` for none. */
export const highest = (held: readonly Role[]): Role | undefined =>
  held.toSorted((a, b) => rankOf(b) - rankOf(a))[0]
/** The next level up, `undefined` above the executives. */
export const above = (role: Role): Role | undefined => roles[rankOf(role) + 1]

/** As people are addressed. */
export const roleNames = {
  'on-call-engineer': 'on-call engineer',
  'team-lead': 'team lead',
  'engineering-manager': 'engineering manager',
  'vp-engineering': 'VP engineering',
  executive: 'CEO/CTO',
} as const satisfies Record<Role, string>
