import { createHash } from 'node:crypto'
import { type PlanDigest, planDigest } from '#domain/ids.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Plan } from '#domain/rollback/plan.ts'

/** Names a plan by all that an approver was shown; only the moment it was made does not count. */
export function digestOf(plan: Plan): PlanDigest {
  const { madeAt: _, ...shown } = plan
  return planDigest(sha256(canonicalJson(shown)))
}

/** Names several plans in their order: what is approved together. */
export const digestOfAll = (plans: readonly PlanDigest[]): PlanDigest =>
  planDigest(sha256(canonicalJson(plans)))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
