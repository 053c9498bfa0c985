import { roleNames, type Role } from '#domain/authority/role.ts'
import { list } from './words.ts'

export const roleName = (role: Role | 'requester'): string =>
  role === 'requester' ? 'requester' : roleNames[role]
export const roleList = (held: readonly Role[], word: 'and' | 'or' = 'and'): string =>
  list(held.map(roleName), word)
export const spaced = (kind: string): string => kind.replaceAll('_', ' ')
