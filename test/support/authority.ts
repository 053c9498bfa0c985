import { type Role, roleNames } from '#domain/authority/role.ts'
import type { ApprovalClick, ApprovalFacts } from '#domain/authority/decide-approval.ts'
import { defaultMatrix } from '#domain/authority/matrix.ts'
import type { Refusal } from '#domain/authority/refusal.ts'
import type { Standing } from '#domain/authority/standing.ts'
import { personId } from '#domain/ids.ts'
import { defaultRollbackPolicy } from '#domain/rollback/policy.ts'
import { hours, type Instant, type Micros, micros, minutes, plus, seconds } from '#domain/time.ts'
import { aRollback, people, start, theDigest } from './builders.ts'

type Member = Extract<Standing, { kind: 'member' }>

export const aMember = (more: Partial<Member> = {}): Member => ({
  kind: 'member',
  person: personId('T0SHOP000:U0CLICKER'),
  identity: 'clicker@shop.example',
  roles: [],
  unknown: [],
  ...more,
})

/** Somebody who holds exactly this role, or none. */
export const holding = (role: Role | undefined): Member => aMember({ roles: role ? [role] : [] })

export const aClick = (more: Partial<ApprovalClick> = {}): ApprovalClick => ({
  digest: theDigest,
  acknowledged: undefined,
  breakGlass: undefined,
  ...more,
})

/** Three minutes after the start, an on-call engineer, asked for by another. */
export const someFacts = (more: Partial<ApprovalFacts> = {}): ApprovalFacts => ({
  now: plus(start, minutes(3)),
  authorityStart: start,
  matrix: defaultMatrix,
  policy: defaultRollbackPolicy,
  clicker: holding('on-call-engineer'),
  requester: aMember({ person: people.onCall, identity: 'on-call@shop.example' }),
  reachable: [],
  ...more,
})

/** A rollback that waits for approval and was asked for just before `now`, so that it has not expired whatever the incident's age. */
export const waitingAt = (now: Instant, more: Parameters<typeof aRollback>[0] = {}) =>
  aRollback({ requestedAt: plus(now, seconds(-30)), ...more })

/** Moments around every boundary, with their names. */
export const moments: readonly (readonly [name: string, since: Micros])[] = [
  ['1 s before the start', seconds(-1)],
  ['0:00.000000', micros(0)],
  ['14:59.999999', micros(minutes(15) - 1)],
  ['15:00.000000', minutes(15)],
  ['15:00.000001', micros(minutes(15) + 1)],
  ['29:59.999999', micros(minutes(30) - 1)],
  ['30:00.000000', minutes(30)],
  ['59:59.999999', micros(minutes(60) - 1)],
  ['60:00.000000', minutes(60)],
  ['61 min', minutes(61)],
  ['3 years', hours(3 * 365 * 24)],
]

/** A refusal in a few words, for tables. */
export function short(refusal: Refusal): string {
  switch (refusal.kind) {
    case 'not_now':
    case 'below_approver':
    case 'not_the_requester':
      return `needs ${roleNames[refusal.needs]}`
    case 'nothing_to_decide':
      return '–'
    default:
      return refusal.kind.replaceAll('_', ' ')
  }
}

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
