import { createHash } from 'node:crypto'
import type { TerminalSettings } from '#config/terminal.ts'
import { type PersonId, personId, stranger } from '#domain/ids.ts'

/** A name that somebody has proved to be theirs. */
export interface Proven {
  /** Who vouches for it: the issuer, or the cluster. */
  readonly issuer: string
  readonly name: string
  readonly groups: readonly string[]
  /** Verified by the issuer; the same human in Slack has the same one. */
  readonly email: string | undefined
}

/** Somebody at a terminal, as the record will name them. */
export interface Known {
  readonly person: PersonId
  /** One key per human, as the directory makes it (invariant I4). */
  readonly identity: string
  /** As they proved it; for showing, never for the record. */
  readonly name: string
  readonly isMapped: boolean
}

/** The person whom the configuration says a proven name is; a stranger where it says nothing. */
export function personFor(proven: Proven, settings: TerminalSettings): Known {
  const { people, identity } = settings
  const isEmail = identity.kind === 'oidc' && identity.claim === 'email'
  const same = (name: string) =>
    isEmail ? name.toLowerCase() === proven.name.toLowerCase() : name === proven.name
  const row = people.find(
    ({ is, groups }) => is.some(same) && groups.every((group) => proven.groups.includes(group)),
  )
  const person = row
    ? personId(row.person)
    : stranger(fingerprint(`${proven.issuer} ${proven.name}`))
  return {
    person,
    identity: proven.email?.trim().toLowerCase() || person,
    name: proven.name,
    isMapped: row !== undefined,
  }
}

const fingerprint = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 16)
