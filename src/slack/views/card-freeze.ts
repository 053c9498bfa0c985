import type { Button, KnownBlock } from '@slack/types'
import { roleName } from '#domain/communication/role-words.ts'
import { clock } from '#domain/communication/words.ts'
import { isFrozen } from '#domain/rollback/freeze.ts'
import { context, section } from './blocks.ts'
import { press } from './card-parts.ts'
import { type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput } from './message.ts'

/** Whether deploys are stopped meanwhile, until when, and what is in the way; nothing where they cannot be stopped. */
export function freezeBlocks(input: CardInput): readonly KnownBlock[] {
  const trouble = freezeTrouble(input)
  const standing = freezeStanding(input)
  return [...trouble, ...(standing ? [context(standing)] : [])]
}

/** Loud, because people rely on it; the only part of it where the steps say already that deploys are frozen. */
export function freezeTrouble({ rollback, service }: CardInput): readonly KnownBlock[] {
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
    const byHand = phase === 'stuck' ? '; lift the freeze before you deploy by hand' : ''
    return mrkdwn`Deploys of ${service.id} are frozen until ${clock(freeze.raised.until, now)}${byHand}`
  }
  if (freeze.lifted?.because !== 'person' || !freeze.ordered) return undefined
  const { by, as } = freeze.ordered
  return mrkdwn`Deploys of ${service.id} are open: ${person(by)} lifted the freeze as ${roleName(as)}`
}

export const liftFreeze = (input: CardInput): Button | undefined =>
  isFrozen(input.rollback.freeze) && !input.rollback.freeze.ordered
    ? press(input, 'Lift freeze…', 'lift-freeze')
    : undefined
