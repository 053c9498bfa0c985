import type { RollbackState } from '#domain/rollback/state.ts'
import { between, type Instant, minutes } from '#domain/time.ts'
import { span } from './words.ts'

/**
 * `41 s` after what: the approval, or the time it was to begin at where it was approved ahead of that. Waiting for the agreed time is
 * no slowness of the rollback. `undefined` where nobody approved.
 */
export function tookFrom(
  { approved, notBefore }: Pick<RollbackState, 'approved' | 'notBefore'>,
  completedAt: Instant,
): { readonly took: string; readonly from: 'approval' | 'its scheduled time' } | undefined {
  if (!approved) return undefined
  return notBefore !== null && notBefore > approved.at
    ? { took: span(between(notBefore, completedAt)), from: 'its scheduled time' }
    : { took: span(between(approved.at, completedAt)), from: 'approval' }
}

/** `22 s of 180 s`, to be compared at a glance; in seconds for as long as people count in them. */
export function elapsedOf(elapsed: number, budget: number): string {
  const shown = budget < minutes(10) ? inSeconds : span
  return `${shown(elapsed)} of ${shown(budget)}`
}

const inSeconds = (length: number): string => `${Math.max(0, Math.floor(length / 1_000_000))} s`
