import type { KnownBlock } from '@slack/types'
import { frozenNames } from '#domain/communication/freeze-words.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import { section } from './blocks.ts'
import { pageBlocks } from './card-page.ts'
import { syncFault } from './card-sync.ts'
import { mrkdwn } from './markup.ts'
import type { CardInput } from './message.ts'

/** Loud, because people rely on it: what keeps deploys from being stopped, or from being open again, and people from being called. */
export const faultBlocks = (input: CardInput): readonly KnownBlock[] => [
  ...pageBlocks(input),
  ...freezeFault(input),
  ...holdFault(input),
  ...syncFault(input),
]

function holdFault({ rollback: { hold } }: CardInput): readonly KnownBlock[] {
  if (!hold?.failure) return []
  const { doing, why, isFinal } = hold.failure
  const what =
    doing === 'enforce'
      ? mrkdwn`${hold.name} is held, but the cluster does not refuse it`
      : mrkdwn`The hold on ${hold.name} was lifted, but the cluster still refuses it`
  return [section(mrkdwn`⚠ ${what}: ${why}${isFinal ? '' : ' (still trying)'}`)]
}

function freezeFault({ rollback }: CardInput): readonly KnownBlock[] {
  const { failure } = rollback.freeze
  if (!failure) return []
  const names = frozenNames(rollback)
  const stands = isFrozen(rollback.freeze)
  const what =
    failure.doing === 'lift'
      ? mrkdwn`Deploys of ${names} are still frozen`
      : stands
        ? mrkdwn`The freeze of deploys of ${names} could not be prolonged`
        : mrkdwn`Deploys of ${names} are not frozen`
  return [section(mrkdwn`⚠ ${what}: ${failure.why}${failure.isFinal ? '' : ' (still trying)'}`)]
}
