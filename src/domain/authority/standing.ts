import type { PersonId } from '#domain/ids.ts'
import { seconds } from '#domain/time.ts'
import { isAtLeast, type Role } from './role.ts'

/** What the directory says of somebody at this moment, for one service. */
export type Standing =
  | {
      readonly kind: 'member'
      readonly person: PersonId
      /** One key per human; two accounts of one person share it. */
      readonly identity: string
      readonly roles: readonly Role[]
      /** Roles whose source did not answer: this person may or may not hold them. */
      readonly unknown: readonly { readonly role: Role; readonly source: string }[]
      /** The directory did not say who this is: holds nothing for certain, and is shown nothing they did not bring along. */
      readonly isUnseen?: true
    }
  | {
      readonly kind: 'outsider'
      readonly person: PersonId
      readonly why: 'guest' | 'external' | 'deactivated' | 'bot' | 'unknown'
    }

/** An approval this fresh was given by somebody whose role was looked up just now. */
export const freshApproval = seconds(10)
/** Why an older one does not begin any more. */
export const roleLapsed = 'the approver no longer holds the role the approval was given in'

/** Whether somebody holds still what they decided as. A source that does not answer takes nothing back. */
export function stillHolds(standing: Standing, as: Role): boolean {
  if (standing.kind === 'outsider') return standing.why === 'unknown'
  return (
    standing.roles.some((role) => isAtLeast(role, as)) ||
    standing.unknown.some(({ role }) => isAtLeast(role, as))
  )
}
