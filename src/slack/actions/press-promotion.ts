import type { Answer } from '#domain/communication/answer.ts'
import { planDigest, type PromotionId } from '#domain/ids.ts'
import { type PromotionState, promotionState } from '#domain/promotion/state.ts'
import type { CanaryClick } from '#workflows/promotion/decide-promotion.ts'
import { minRequestsOf } from '#workflows/promotion/record.ts'
import { type Edge, personOf, tell } from '../edge.ts'
import type { Asker } from '../parts.ts'
import { type ActionPayload, entered, type View } from '../schema.ts'
import { turnedAway } from '../turned-away.ts'
import {
  awayModal,
  callbacks,
  inputs,
  type PromotionButton,
  tickIn,
  tickModal,
} from '../views/index.ts'
import { promotionButtons } from './kinds.ts'
import { metadataFor } from './metadata.ts'
import { open } from './press.ts'

/** A button of a promotion's card: forms are opened, everything else is decided at once. */
export async function pressPromotion(
  edge: Edge,
  asker: Asker,
  { kind, promotion, digest, detail }: PromotionButton,
  { container }: ActionPayload,
  value: string,
): Promise<void> {
  const state = await stateOf(edge, promotion)
  if (!state) return tell(edge, asker, gone)
  const { service } = state
  const away = await turnedAway(edge, asker, { shows: 'a promotion', service })
  if (away) return tell(edge, asker, away)
  const place = {
    channel: container.channel_id,
    ts: container.message_ts,
    isEphemeral: container.is_ephemeral ?? false,
  }
  const { workflows, policy } = edge
  const click = clickOf(asker, promotion)
  if (!(await isInPlace(edge, promotion, place))) {
    const { act } = promotionButtons[kind]
    return tell(edge, asker, await workflows.refuseMisplaced(click, act))
  }
  const turn = Number(detail ?? 0)
  const said = (answer: Answer) => tell(edge, asker, answer)
  switch (kind) {
    case 'promote':
      return said(await workflows.promote({ ...click, digest: digest ?? planDigest('none') }))
    case 'hold-canary':
      return said(await workflows.holdCanary({ ...click, turn }, 'hold'))
    case 'canary-on':
      return said(await workflows.holdCanary({ ...click, turn }, 'go-on'))
    case 'canary-again':
      return said(await workflows.tryAgain(click))
    case 'keep-left':
      return said(await workflows.keepLeft(click))
    case 'canary-away':
      return open({ edge, asker }, awayModal(state, metadataFor(asker, value)))
    case 'tick-gate': {
      const least = minRequestsOf(policy, service)
      return open({ edge, asker }, tickModal(state, least, metadataFor(asker, value)))
    }
  }
}

/** A form belongs to the button that opened it (threat T019). */
export async function submitPromotionForm(
  edge: Edge,
  asker: Asker,
  view: View,
  value: string | undefined,
): Promise<void> {
  const action = value === undefined ? undefined : edge.readButton(value)
  if (!action || !('promotion' in action)) return tell(edge, asker, gone)
  const click = clickOf(asker, action.promotion)
  const reason = entered(view, inputs.reason) ?? ''
  if (view.callback_id === callbacks.canaryAway && action.kind === 'canary-away')
    return tell(edge, asker, await edge.workflows.takeCanaryAway({ ...click, reason }))
  const ticked = tickIn(entered(view, inputs.item), entered(view, inputs.holds))
  if (view.callback_id === callbacks.tickGate && action.kind === 'tick-gate' && ticked)
    return tell(edge, asker, await edge.workflows.tickGate({ ...click, ...ticked, value: reason }))
  return tell(edge, asker, gone)
}

/** On the card itself, or in an answer that only this person sees (threats T019, T033). */
async function isInPlace(
  { outbox }: Pick<Edge, 'outbox'>,
  promotion: PromotionId,
  {
    channel,
    ts,
    isEphemeral,
  }: {
    readonly channel: string | undefined
    readonly ts: string | undefined
    readonly isEphemeral: boolean
  },
): Promise<boolean> {
  if (channel === undefined || ts === undefined) return false
  if (isEphemeral || channel.startsWith('D')) return true
  const card = await outbox.surface(`card:${promotion}`)
  return card?.channel === channel && card.ts === ts
}

const clickOf = (asker: Asker, promotion: PromotionId): CanaryClick => ({
  promotion,
  by: personOf(asker),
  delivery: asker.delivery,
})

const stateOf = async (
  { timeline }: Edge,
  promotion: PromotionId,
): Promise<PromotionState | undefined> => promotionState(await timeline.read(promotion))

const gone = { kind: 'nothing_found', what: 'that promotion' } as const
