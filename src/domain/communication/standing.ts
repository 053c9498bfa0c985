import type { RollbackState } from '#domain/rollback/state.ts'
import { phaseWords } from './phase-words.ts'
import { clockSeconds } from './words.ts'

/** Where a rollback stands, behind a colon: one that is counted down waits for nobody's decision. */
export const standing = ({
  phase,
  countdown,
}: Pick<RollbackState, 'phase' | 'countdown'>): string =>
  countdown
    ? `by itself at ${clockSeconds(countdown.until)} UTC, unless somebody stops it`
    : phaseWords(phase)
