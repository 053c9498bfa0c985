import type { Button, KnownBlock } from '@slack/types'
import { roleName } from '#domain/communication/role-words.ts'
import { clock, list } from '#domain/communication/words.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import { pageBlocks } from './card-page.ts'
import { context, section } from './blocks.ts'
import { press } from './card-parts.ts'
import { type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput } from './message.ts'

/** Whether deploys are stopped meanwhile, until when, and what is in the way; nothing where they cannot be stopped. */
export function freezeBlocks(input: CardInput): readonly KnownBlock[] {
  const standing = freezeStanding(input)
  return [...trouble(input), ...(standing ? [context(standing)] : [])]
}

/** Loud, because people rely on it: what keeps deploys from being stopped, or from being open again, and people from being called. */
export const trouble = (input: CardInput): readonly KnownBlock[] => [
  ...pageBlocks(input),
  ...freezeTrouble(input),
  ...holdTrouble(input),
]

function holdTrouble({ rollback: { hold } }: CardInput): readonly KnownBlock[] {
  if (!hold?.failure) return []
  const { doing, why, isFinal } = hold.failure
  const what =
    doing === 'enforce'
      ? mrkdwn`${hold.name} is held, but the cluster does not refuse it`
      : mrkdwn`The hold on ${hold.name} was lifted, but the cluster still refuses it`
  return [section(mrkdwn`⚠ ${what}: ${why}${isFinal ? '' : ' (still trying)'}`)]
}

function freezeTrouble({ rollback, service }: CardInput): readonly KnownBlock[] {
  const { failure } = rollback.freeze
  if (!failure) return []
  const stands = isFrozen(rollback.freeze)
  const what =
    failure.doing === 'lift'
      ? mrkdwn`Deploys of ${service.id} are still frozen`
      : stands
        ? mrkdwn`The freeze of deploys of ${service.id} could not be prolonged`
        : mrkdwn`Deploys of ${service.id} are not frozen`
  return [section(mrkdwn`⚠ ${what}: ${failure.why}${failure.isFinal ? '' : ' (still trying)'}`)]
}

function freezeStanding({ rollback, service, now }: CardInput): Markup | undefined {
  const { freeze, phase } = rollback
  if (isFrozen(freeze) && freeze.raised) {
    if (freeze.ordered) return mrkdwn`The freeze of deploys of ${service.id} is being lifted`
    const others = freeze.wider
      ? mrkdwn`, together with ${list(freeze.wider.services)}${freeze.raised.isWide ? '' : ' in a moment'}`
      : mrkdwn``
    const byHand = phase === 'stuck' ? '; lift the freeze before you deploy by hand' : ''
    return mrkdwn`Deploys of ${service.id} are frozen until ${clock(freeze.raised.until, now)}${others}${byHand}`
  }
  if (freeze.lifted?.because !== 'person' || !freeze.ordered) return undefined
  const { by, as } = freeze.ordered
  return mrkdwn`Deploys of ${service.id} are open: ${person(by)} lifted the freeze as ${roleName(as)}`
}

/** What may be decided about the freeze: to lift it, and to widen it once, where there is something to widen it to. */
export function freezeButtons(input: CardInput): readonly (Button | undefined)[] {
  const { freeze } = input.rollback
  if (!isFrozen(freeze) || freeze.ordered) return []
  return [
    press(input, 'Lift freeze…', 'lift-freeze'),
    freeze.wider || !input.canWiden ? undefined : press(input, 'Freeze wider…', 'widen-freeze'),
  ]
}
