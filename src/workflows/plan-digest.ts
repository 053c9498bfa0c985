import { createHash } from 'node:crypto'
import { type PlanDigest, planDigest } from '#domain/ids.ts'
import { canonicalJson } from '#domain/json.ts'
import type { Plan } from '#domain/rollback/plan.ts'

/** Names a plan by all that an approver was shown; only the moment it was made does not count. */
export function digestOf(plan: Plan): PlanDigest {
  const { madeAt: _, ...shown } = plan
  return planDigest(createHash('sha256').update(canonicalJson(shown)).digest('hex'))
}
