import type { Button, KnownBlock } from '@slack/types'
import {
  doubtedSyncs,
  endedAdvice,
  endedFacts,
  endedSyncs,
  leftByHelm,
} from '#domain/communication/sync-words.ts'
import { clock, list } from '#domain/communication/words.ts'
import type { SyncPause } from '#domain/rollback/plan.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { isSyncPaused, stillPaused, type Sync } from '#domain/rollback/sync.ts'
import { syncPausedUntil } from '#domain/rollback/sync-moves.ts'
import { section } from './blocks.ts'
import { press } from './card-parts.ts'
import { lines, type Markup, mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** `Argo CD (Application argocd/shop)`: what a rollback paused, and is still paused. */
export const pausedNames = ({ sync, plan }: RollbackState): string =>
  namesOf(sync ? stillPaused(sync) : (plan?.pauses ?? []))
const namesOf = (pauses: readonly SyncPause[]): string =>
  list(pauses.map(({ tool, name }) => `${tool} (${name})`))

/** What brings nothing from Git meanwhile, and how that ends; nothing where nobody was paused. */
export function syncText(input: CardInput): Markup | undefined {
  const { rollback, now } = input
  const { sync } = rollback
  if (!sync) return undefined
  const doubted = new Set(doubtedSyncs(rollback).map(({ name }) => name))
  const ended = endedSyncs(rollback)
    .filter(({ name }) => !doubted.has(name))
    .map((one) => `${endedFacts(one, rollback, now)}${endedAdvice(one, rollback)}`)
  const on = sync.paused.filter((one) => !one.ended && (sync.resumed || one.isResumed))
  const left = stillPaused(sync).filter((one) => !on.includes(one))
  const rest = [
    ...(on.length > 0
      ? [mrkdwn`${namesOf(on)} brings what Git has again.${leftByHelm(on, rollback)}`]
      : []),
    ...(left.length > 0 ? [restText(input, sync, namesOf(left))] : []),
  ]
  return ended.length + rest.length > 0
    ? lines(...ended.map((one) => mrkdwn`${one}`), ...rest)
    : undefined
}

function restText({ rollback, now, policy }: CardInput, sync: Sync, names: string): Markup {
  const { plan } = rollback
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
export function syncFault({ rollback, now }: CardInput): readonly KnownBlock[] {
  const { failure } = rollback.sync ?? {}
  const doubted = doubtedSyncs(rollback).map((one) =>
    section(mrkdwn`⚠ ${endedFacts(one, rollback, now)}${endedAdvice(one, rollback)}`),
  )
  if (!failure) return doubted
  const again = failure.isFinal ? '' : ' (still trying)'
  return [
    ...doubted,
    section(mrkdwn`⚠ ${pausedNames(rollback)} could not be let go on: ${failure.why}${again}`),
  ]
}
