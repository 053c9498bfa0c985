import { leftoverCall } from '#domain/communication/leftover-words.ts'
import { advice } from '#domain/communication/promotion-story.ts'
import type { PersonId } from '#domain/ids.ts'
import type { PromotionEvent } from '#domain/promotion/events.ts'
import { gateOf } from '#domain/promotion/gate.ts'
import { gateItems } from '#domain/promotion/items.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { message, section } from './blocks.ts'
import { bold, joined, type Markup, mrkdwn, person } from './markup.ts'
import type { Message } from './message.ts'

/** Calls whoever decides about a canary: its gate can be passed, was missed, or a move did not come off. */
export function gateNotice(
  state: PromotionState,
  event: PromotionEvent,
  people: readonly PersonId[],
): Message {
  const called =
    people.length > 0 ? mrkdwn`${joined(people.slice(0, 15).map(person), ' ')} ` : mrkdwn``
  const text = mrkdwn`${called}${said(state, event)}`
  return message(text, section(text))
}

const leftText = (state: PromotionState): string =>
  gateOf(state).all.some((item) => gateItems[item].by === 'person' && !state.ticks[item])
    ? 'everything that is measured passes. Tick what is left and decide'
    : 'every item of its gate holds. Decide'

function said(state: PromotionState, event: PromotionEvent): Markup {
  const { service, versions, failure } = state
  const canary = versions?.canary?.name ?? 'the canary'
  const what = mrkdwn`${canary} of ${bold(service)}`
  switch (event.kind) {
    case 'promotion_gate_opened':
      if (event.unmeasured)
        return mrkdwn`${what} has had its time at ${event.at} %, and this is missing: ${event.unmeasured.join('; ')}. Look yourself and tick it on the card above, or see that it can be measured.`
      return event.at === 0
        ? mrkdwn`${what} waits for a yes before its first requests. Decide on the card above.`
        : mrkdwn`${what} has had its time at ${event.at} %, and ${leftText(state)} on the card above.`
    case 'promotion_gate_missed':
      return mrkdwn`${what} missed the gate at ${event.at} %: ${advice[event.advice]}. ${event.because}. The card above has what can be done.`
    case 'promotion_voided':
      return mrkdwn`${what} is ${bold('not')} taken away: ${event.why}. Decide anew on the card above.`
    case 'leftover_left':
      return mrkdwn`${(state.leftover && leftoverCall(state.leftover)) ?? event.why}`
    default:
      return mrkdwn`a move of ${what} did not come off: ${failure?.message ?? 'nobody knows why'}. Decide on the card above.`
  }
}
