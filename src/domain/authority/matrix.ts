import { between, type Instant, type Micros, micros, minutes, plus } from '#domain/time.ts'
import { above, isAtLeast, rankOf, type Role, roles } from './role.ts'

/** From `fromMicros` after the incident began (inclusive) until the next row (exclusive). */
export interface Window {
  readonly fromMicros: Micros
  readonly mayAuthorize: Role
  readonly notify: readonly Role[]
}
/** Rows in order, the first at 0: every moment lies in exactly one. */
export type Matrix = readonly [Window, ...Window[]]

/** Policy §5; on a boundary the higher authority is required. */
export const defaultMatrix: Matrix = [
  { fromMicros: minutes(0), mayAuthorize: 'on-call-engineer', notify: ['team-lead'] },
  { fromMicros: minutes(15), mayAuthorize: 'team-lead', notify: ['engineering-manager'] },
  { fromMicros: minutes(30), mayAuthorize: 'engineering-manager', notify: ['vp-engineering'] },
  { fromMicros: minutes(60), mayAuthorize: 'vp-engineering', notify: ['executive'] },
]

/** The row that holds `elapsed` after the start. Before it (the clock stepped back; a start in the future is refused) the first, at nonsense (`NaN`, infinity) the last. */
export function windowAt(matrix: Matrix, elapsed: number): Window {
  if (!Number.isFinite(elapsed)) return matrix.at(-1) ?? matrix[0]
  return matrix.findLast((row) => elapsed >= row.fromMicros) ?? matrix[0]
}

export interface WindowInTime extends Window {
  readonly since: Instant
  /** `undefined` in the last row. */
  readonly endsAt: Instant | undefined
  readonly next: Window | undefined
}

/** The row in force at `now` for an incident that began at `start`, in absolute times. */
export function windowInTime(matrix: Matrix, start: Instant, now: Instant): WindowInTime {
  const row = windowAt(matrix, between(start, now))
  const next = matrix[matrix.indexOf(row) + 1]
  return {
    ...row,
    since: plus(start, row.fromMicros),
    endsAt: next && plus(start, next.fromMicros),
    next,
  }
}

/** What a decision needs: a role, and above the VP a second one beside (policy §5: one level more is capped there). */
export interface Requirement {
  readonly role: Role
  /** A second, distinct person who holds at least this. */
  readonly coApprover: Role | undefined
}

/** What asks for more than the window's row. */
export interface Raise {
  /** Never less than this, whatever the minute: one above the approver whose mechanism outran its budget (policy §2). */
  readonly atLeast: Role | undefined
  /** Levels on top, one for soft blockers that would be overridden (policy §3). */
  readonly levels: number
}
export const unraised: Raise = { atLeast: undefined, levels: 0 }

/** The window's role, raised; above the VP a VP and a second VP or an executive decide together. */
export function required(window: Window, { atLeast, levels }: Raise): Requirement {
  const floor = atLeast
    ? Math.max(rankOf(atLeast), rankOf(window.mayAuthorize))
    : rankOf(window.mayAuthorize)
  const rank = floor + levels
  const top = rankOf('vp-engineering')
  return {
    role: roles[Math.min(rank, top)] ?? 'vp-engineering',
    coApprover: rank > top ? 'vp-engineering' : undefined,
  }
}

/** Who is told: the window's row and the level above the approver (policy §5), also when the approver stands above that row. */
export function toldOn(window: Window, as: Role): readonly Role[] {
  const next = above(as)
  return [...new Set([...window.notify, ...(next ? [next] : [])])].filter((role) => role !== as)
}

/** Problems of a configured matrix, in sentences; empty when every moment has exactly one row and authority never falls. */
export function matrixProblems(rows: readonly Window[]): readonly string[] {
  const problems: string[] = []
  if (rows.length === 0) return ['The authority matrix is empty: nobody could approve anything.']
  if (rows[0]?.fromMicros !== micros(0)) problems.push('The first window must begin at minute 0.')
  rows.forEach((row, index) => {
    const before = rows[index - 1]
    if (!Number.isFinite(row.fromMicros) || row.fromMicros < 0)
      problems.push(`Window ${index + 1} begins at no valid minute.`)
    if (before && row.fromMicros <= before.fromMicros)
      problems.push(`Window ${index + 1} must begin later than window ${index}.`)
    if (before && !isAtLeast(row.mayAuthorize, before.mayAuthorize))
      problems.push(`Window ${index + 1} needs less authority than window ${index}.`)
  })
  return problems
}
