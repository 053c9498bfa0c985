import type { PersonId } from '#domain/ids.ts'
import type { Role } from './role.ts'

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
