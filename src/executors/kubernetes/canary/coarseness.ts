import type { Warning } from '#domain/rollback/plan.ts'

/** Few pods make a small share a large one: told from five points on. */
export function coarseness(asked: number, own: number, all: number): readonly Warning[] {
  const really = all === 0 ? 0 : (100 * own) / all
  return Math.abs(really - asked) < 5
    ? []
    : [{ kind: 'coarse_share', asked, own, all, noun: 'pods' }]
}
