import type { Button, KnownBlock } from '@slack/types'
import { roleName } from '#domain/communication/role-words.ts'
import { clock, list } from '#domain/communication/words.ts'
import { frozenNames, frozenWith, otherFreezeWords } from '#domain/communication/freeze-words.ts'
import { isToDecide } from '#domain/authority/decide-control.ts'
import { type Freeze, isFrozen } from '#domain/rollback/freeze.ts'
import type { OtherFreeze } from '#domain/rollback/freeze-events.ts'
import type { Pin } from '#domain/rollback/pin.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { context } from './blocks.ts'
import { faultBlocks } from './card-faults.ts'
import { press } from './card-parts.ts'
import { type Markup, mrkdwn, person } from './markup.ts'
import type { CardInput } from './message.ts'

/** Whether deploys are stopped meanwhile, until when, and what is in the way; nothing where they cannot be stopped. `all`: those that are rolled back together. */
export function freezeBlocks(
  input: CardInput,
  all: readonly RollbackState[] = [input.rollback],
): readonly KnownBlock[] {
  const standing = all.length > 1 ? allStanding(input, all) : freezeStanding(input)
  return [...faultBlocks(input), ...(standing ? [context(standing)] : [])]
}

/** Each has a freeze of its own; the first that ends is when something is open again. */
function allStanding({ now }: CardInput, all: readonly RollbackState[]): Markup | undefined {
  const frozen = all.flatMap((one) =>
    isFrozen(one.freeze) && one.freeze.raised && !one.freeze.ordered
      ? [{ service: frozenNames(one), until: one.freeze.raised.until }]
      : [],
  )
  const [first] = frozen.toSorted((one, other) => one.until - other.until)
  return (
    first &&
    mrkdwn`Deploys of ${list(frozen.map(({ service }) => service))} are frozen until ${clock(first.until, now)}`
  )
}

function freezeStanding(input: CardInput): Markup | undefined {
  const { rollback, now } = input
  const { freeze, phase } = rollback
  const names = frozenNames(rollback)
  if (isFrozen(freeze) && freeze.raised) {
    if (freeze.ordered) return mrkdwn`The freeze of deploys of ${names} is being lifted`
    const others = freeze.wider
      ? mrkdwn`, together with ${list(freeze.wider.services)}${freeze.raised.isWide ? '' : ' in a moment'}`
      : mrkdwn``
    const byHand = phase === 'stuck' ? '; lift the freeze before you deploy by hand' : ''
    if (freeze.pinned) return mrkdwn`${pinnedText(input, freeze.pinned)}${byHand}`
    return mrkdwn`Deploys of ${names} are frozen until ${clock(freeze.raised.until, now)}${others}${byHand}`
  }
  if (freeze.lifted?.because !== 'person' || !freeze.ordered) return undefined
  return liftedStanding(input, freeze.lifted.others, freeze.ordered)
}

/** What freezes of others refused when this one was lifted is said until their time is over: whether deploys are open then, nobody here knows. */
function liftedStanding(
  { rollback, now }: CardInput,
  others: readonly OtherFreeze[],
  { by, as }: NonNullable<Freeze['ordered']>,
): Markup | undefined {
  const open = frozenWith(rollback).filter(
    (name) => !others.some(({ service }) => service === name),
  )
  const refused = others.filter(({ until }) => until === undefined || until > now)
  const lifted = mrkdwn`${person(by)} lifted the freeze as ${roleName(as)}`
  const besides = otherFreezeWords(refused, now, 'refused')
  if (open.length > 0)
    return mrkdwn`Deploys of ${list(open)} are open: ${lifted}${refused.length > 0 ? `; at that moment ${besides}` : ''}`
  return refused.length > 0
    ? mrkdwn`When ${person(by)} lifted this freeze as ${roleName(as)}, ${besides}`
    : undefined
}

const pinnedText = ({ rollback, now }: CardInput, { until, by, as }: Pin): Markup =>
  mrkdwn`Pinned until ${clock(until, now)}, as ${person(by)} decided as ${roleName(as)}: deploys of ${frozenNames(rollback)} are refused until then`

/** What may be decided about the freeze: to lift it, to widen it once, where there is something to widen it to, and to keep it by pinning what runs. */
export function freezeButtons(input: CardInput): readonly (Button | undefined)[] {
  const { freeze } = input.rollback
  const isStanding = isFrozen(freeze) && !freeze.ordered
  const mayPin = isToDecide('pin', input.rollback)
  return [
    isStanding ? press(input, 'Lift freeze…', 'lift-freeze') : undefined,
    input.canWiden && isToDecide('widen-freeze', input.rollback)
      ? press(input, 'Freeze wider…', 'widen-freeze')
      : undefined,
    mayPin ? press(input, 'Pin the version…', 'pin') : undefined,
  ]
}
