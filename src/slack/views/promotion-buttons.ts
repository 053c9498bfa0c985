import { itemsOf } from '#domain/promotion/gate.ts'
import { gateItems } from '#domain/promotion/items.ts'
import { isYetToGo } from '#domain/leftover.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import type { StepVerdict } from '#domain/promotion/verdict.ts'
import { actions, button, confirm } from './blocks.ts'
import { keepLabel } from './leftover.ts'
import { bold, mrkdwn } from './markup.ts'
import type { Sign } from './message.ts'
import { shareText, standsAt } from './promotion-share.ts'

/** Once it is over: that what it left behind stays as it is. */
export const keepFormer = ({ id: promotion, leftover }: PromotionState, sign: Sign) =>
  isYetToGo(leftover)
    ? actions(button(keepLabel(leftover), { kind: 'keep-left', promotion }, sign))
    : undefined

/** What can be done with a canary now; whoever presses is asked for their role then. */
export function promotionButtonsOf(
  state: PromotionState,
  verdict: StepVerdict,
  {
    sign,
    environment,
    minRequests,
  }: { readonly sign: Sign; readonly environment: string; readonly minRequests: number },
) {
  const { id: promotion, look, versions, phase, held, service, leg } = state
  const canary = versions?.canary?.name ?? 'the canary'
  const next = look?.next
  const detail = String(state.turns)
  const isStanding = phase === 'watching'
  const asks = itemsOf(state, minRequests).some(
    ({ item, state: is }) =>
      is !== 'passed' &&
      (gateItems[item].by === 'person' || (gateItems[item].by === 'product' && is === 'unknown')),
  )
  const forward =
    isStanding && look && next && !held && verdict.kind === 'passed'
      ? button(
          `Promote to ${shareText(next.share)}`,
          { kind: 'promote', promotion, digest: look.digest },
          sign,
          {
            style: 'primary',
            confirm: confirm(
              'Promote now?',
              mrkdwn`${bold(canary)} of ${bold(service)} in ${bold(environment)} from ${bold(standsAt(state))} to ${bold(shareText(next.share))} now?`,
              'Promote',
              'Not yet',
              'primary',
            ),
          },
        )
      : undefined
  return actions(
    forward,
    isStanding && asks
      ? button('Tick an item…', { kind: 'tick-gate', promotion }, sign)
      : undefined,
    phase === 'failed' ? button('Try again', { kind: 'canary-again', promotion }, sign) : undefined,
    isStanding && !held
      ? button('Hold', { kind: 'hold-canary', promotion, detail }, sign)
      : undefined,
    held ? button('Go on', { kind: 'canary-on', promotion, detail }, sign) : undefined,
    leg?.share === 0 && !leg.isHold && phase !== 'failed'
      ? undefined
      : button('Roll back canary…', { kind: 'canary-away', promotion }, sign, { style: 'danger' }),
  )
}
