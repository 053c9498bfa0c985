import type { Phase } from '#domain/rollback/phase.ts'
import { spaced } from './role-words.ts'

/** How people say where a rollback stands, behind “the rollback is …” and behind a colon. */
const words = {
  awaiting_plan: 'being planned',
  awaiting_approval: 'waiting for a decision',
  approved: 'approved',
  applying: 'being carried out',
  settling: 'being carried out',
  failed: 'stopped at a step that failed',
  undoing: 'being taken back',
  stuck: 'stuck',
  verifying: 'being checked for recovery',
  watching: 'recovered and watched',
  not_recovered: 'not recovered',
  unverified: 'not proven to have recovered',
  stable: 'stable',
  degraded: 'worse again',
  superseded: 'followed by another',
  undone: 'taken back',
  rejected: 'rejected',
  cancelled: 'cancelled',
  expired: 'expired',
} as const satisfies Record<Phase, string>

/** Records of refusals keep the name of the phase as text. */
export const phaseWords = (phase: string): string =>
  Object.hasOwn(words, phase) ? words[phase as Phase] : spaced(phase)
