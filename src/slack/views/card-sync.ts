import type { Button, KnownBlock } from '@slack/types'
import { clock, list } from '#domain/communication/words.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { isSyncPaused } from '#domain/rollback/sync.ts'
import { syncPausedUntil } from '#domain/rollback/sync-moves.ts'
import { section } from './blocks.ts'
import { press } from './card-parts.ts'
import { type Markup, mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** `Argo CD (Application argocd/shop)`: what a rollback paused. */
export const pausedNames = ({ sync, plan }: RollbackState): string =>
  list((sync?.paused ?? plan?.pauses ?? []).map(({ tool, name }) => `${tool} (${name})`))

/** What brings nothing from Git meanwhile, and how that ends; nothing where nobody was paused. */
export function syncText({ rollback, now, policy }: CardInput): Markup | undefined {
  const { sync, plan } = rollback
  if (!sync) return undefined
  const names = pausedNames(rollback)
  if (sync.resumed) return mrkdwn`${names} brings what Git has again.`
  if (sync.ordered) return mrkdwn`${names} is being let go on.`
  const serves = rollback.phase === 'undone' ? plan?.from : plan?.to
  const to = serves?.name ?? 'what runs'
  if (sync.reminded)
    return mrkdwn`${names} is still paused: ${sync.reminded.why}. Put ${to} into Git, then resume the sync.`
  const until = syncPausedUntil(rollback, policy.rollback)
  return mrkdwn`${names} is paused: nothing from Git reaches ${rollback.service}. Put ${to} into Git, then resume the sync${until === undefined ? '' : `; at ${clock(until, now)} it goes on by itself if Git has what runs, else people are reminded`}.`
}

export const resumeSync = (input: CardInput): Button | undefined =>
  isSyncPaused(input.rollback.sync) && !input.rollback.sync.ordered
    ? press(input, 'Resume sync…', 'resume-sync')
    : undefined

/** Loud, because people rely on it. */
export function syncFault({ rollback }: CardInput): readonly KnownBlock[] {
  const { failure } = rollback.sync ?? {}
  if (!failure) return []
  const again = failure.isFinal ? '' : ' (still trying)'
  return [
    section(mrkdwn`⚠ ${pausedNames(rollback)} could not be let go on: ${failure.why}${again}`),
  ]
}
