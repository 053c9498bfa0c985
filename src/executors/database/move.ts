import { compareVersions } from '#domain/rollback/schema-range.ts'
import type { Standing } from './look.ts'
import type { ChangeOf } from './schema.ts'

/** What is left to do. */
export type Move =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'go'; readonly left: number }
  | { readonly kind: 'superseded'; readonly why: string }
  | { readonly kind: 'dirty'; readonly version: string }

/**
 * Decides by what is applied, never by what was sent: a `down` whose answer was lost is not sent a second time. `wasDone`: our own
 * note says that this very change was made, whatever came after.
 */
export function moveFor(
  { direction, path, from, to }: ChangeOf<'migrate'>,
  { version, isDirty, applied }: Standing,
  wasDone: boolean,
): Move {
  if (isDirty) return { kind: 'dirty', version: version ?? 'nothing' }
  const superseded: Move = wasDone
    ? { kind: 'nothing' }
    : { kind: 'superseded', why: `version ${version ?? 'none'} was deployed meanwhile` }
  if (direction === 'down') {
    const above = applied.filter((one) => compareVersions(one, to) > 0)
    if (!applied.includes(to) || above.some((one) => !path.includes(one))) return superseded
    return above.length === 0 ? { kind: 'nothing' } : { kind: 'go', left: above.length }
  }
  if (version !== null && compareVersions(version, to) > 0) return superseded
  const missing = path.filter((one) => !applied.includes(one))
  if (missing.length === 0) return { kind: 'nothing' }
  return applied.includes(from) ? { kind: 'go', left: missing.length } : superseded
}
