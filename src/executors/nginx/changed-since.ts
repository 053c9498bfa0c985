import { isSameJson } from '#domain/json.ts'
import type { CheckedPlan } from '#executors/define-executor.ts'
import type { NginxParts } from './context.ts'
import { Unreadable, wordsFor } from './file.ts'
import type { NginxTarget } from './schema.ts'
import { idOf, nameOf, see } from './seen.ts'
import { wayInto } from './slot-plan.ts'

/** Looks who serves, and whether the slot to go back to still has what was shown. */
export async function changedSince(
  parts: NginxParts,
  { target, precondition, from, to }: CheckedPlan<NginxTarget>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const seen = await see(parts, target, signal).catch((error: unknown) => {
    if (error instanceof Unreadable) return error
    throw error
  })
  if (seen instanceof Unreadable) return `${target.title} is gone`
  const { newest, other, division } = seen
  if (idOf(newest) !== from.id) return `${nameOf(newest)} was deployed meanwhile`
  if (!isSameJson({ division }, precondition)) return `${wordsFor(division)} was deployed meanwhile`
  const way = await wayInto(parts, target, seen, to.id, signal)
  if (way.kind !== 'closed') return undefined
  if (way.why !== undefined) return `${to.name} cannot be started: ${way.why}`
  return idOf(other) === to.id
    ? `slot ${other.slot} ${other.answered.why}`
    : `slot ${other.slot} has ${nameOf(other)} by now, not ${to.name}`
}
