import { required, unraised, windowInTime } from '#domain/authority/matrix.ts'
import { highest, isAtLeast } from '#domain/authority/role.ts'
import type { Standing } from '#domain/authority/standing.ts'
import type { Answer } from '#domain/communication/answer.ts'
import type { Policy } from '#domain/policy.ts'
import type { RollbackRequest } from '#domain/rollback/request.ts'
import { hours, type Instant, instant, minutes } from '#domain/time.ts'

/** When it began as far as anybody says: named, else when it was asked for. A form that stood open for longer than people fill one in moves no decision to a higher level. */
export const startOf = (
  { since, askedAt }: Pick<RollbackRequest, 'since' | 'askedAt'>,
  now: Instant,
): Instant => since ?? instant(Math.min(now, Math.max(askedAt ?? now, now - formLasts)))

const formLasts = minutes(10)

/**
 * A start named with the request, under the rule for moving one (decision 7): before the version was shipped, or more than a
 * day ago, only at the level of this minute. Otherwise any member could take the decision from whoever is on call.
 */
export function startTooEarly(
  since: Instant | undefined,
  shippedAt: Instant,
  {
    start,
    now,
    policy,
  }: { readonly start: Instant; readonly now: Instant; readonly policy: Policy },
  standing: Extract<Standing, { kind: 'member' }>,
): Answer | undefined {
  if (since === undefined || since >= Math.max(shippedAt, now - hours(24))) return undefined
  const needs = required(windowInTime(policy.matrix, start, now), unraised).role
  const holds = highest(standing.roles)
  if (holds && isAtLeast(holds, needs)) return undefined
  return { kind: 'needs_level', what: 'move the start there', needs, holds: holds ?? null }
}
