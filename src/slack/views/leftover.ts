import { leftoverCall } from '#domain/communication/leftover-words.ts'
import { clock } from '#domain/communication/words.ts'
import { isYetToGo, type LeftBehind } from '#domain/leftover.ts'
import type { Instant } from '#domain/time.ts'
import { press } from './card-parts.ts'
import { bold, type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput } from './message.ts'

/** What became of what the switch left behind, and what comes of it next. */
export function leftoverText(leftover: LeftBehind | undefined, now: Instant): Markup | undefined {
  if (!leftover) return undefined
  const { name, phase, dueAt, why, keptBy } = leftover
  switch (phase) {
    case 'kept':
      return why === undefined
        ? mrkdwn`${bold(name)} keeps its pods until ${clock(dueAt, now)}: the way back is one change. Then it is scaled to 0, unless an incident is open or a rollback is under way.`
        : mrkdwn`${bold(name)} keeps its pods: ${why}. It is scaled to 0 when that is over.`
    case 'removing':
      return mrkdwn`${bold(name)} is being scaled to 0.`
    case 'removed':
      return mrkdwn`${bold(name)} is scaled to 0: to go back to it, its pods are started first.`
    case 'left': {
      const call = leftoverCall(leftover)
      if (call !== undefined) return mrkdwn`⚠ ${call}`
      return keptBy === undefined
        ? mrkdwn`${bold(name)} is left as it is: ${why ?? 'it is not ours to take away'}.`
        : mrkdwn`${bold(name)} is left as it is: ${person(keptBy)} keeps it.`
    }
  }
}

/** As `leftoverText`, of a rollback: nothing goes before the service is known to be well. */
export function leftByRollback({ rollback, now }: CardInput): Markup | undefined {
  const { leftover, phase } = rollback
  if (leftover?.phase !== 'kept' || phase === 'stable') return leftoverText(leftover, now)
  const name = bold(leftover.name)
  return phase === 'verifying' || phase === 'watching'
    ? mrkdwn`${name} keeps its pods: the way back is one change. It is scaled to 0 once the service is stable.`
    : mrkdwn`${name} keeps its pods, for it may be needed: it is not scaled to 0 by itself any more.`
}

/** While it would go by itself. */
export const keepButton = (input: CardInput) =>
  isYetToGo(input.rollback.leftover)
    ? press(input, keepLabel(input.rollback.leftover), 'keep-former')
    : undefined

export const keepLabel = ({ name }: LeftBehind): string => `Keep ${name}`
