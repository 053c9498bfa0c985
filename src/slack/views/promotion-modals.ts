import type { ModalView } from '@slack/types'
import { shortestReason } from '#domain/authority/decide-approval.ts'
import { itemsOf } from '#domain/promotion/gate.ts'
import { type GateItem, gateItems, isGateItem } from '#domain/promotion/items.ts'
import type { PromotionState } from '#domain/promotion/state.ts'
import { section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, select, textInput } from './inputs.ts'
import { bold, mrkdwn } from './markup.ts'

/** Asks why the canary is taken away; pressing its button does it. */
export function awayModal(
  { service, look, versions, target }: PromotionState,
  metadata: string,
): ModalView {
  const canary = versions?.canary?.name ?? 'the canary'
  const stable = versions?.stable.name ?? 'the version beside it'
  return fitModal(
    modal(
      'Roll back canary',
      [
        section(
          mrkdwn`Take ${bold(canary)} of ${bold(service)} in ${bold(target.title)} away now, from ${bold(`${look?.canary.share ?? 0} %`)} to nothing? ${stable} then serves alone, as it does now beside it.`,
        ),
        input(inputs.reason, textInput(inputs.reason, { least: shortestReason }), {
          label: 'Why',
          hint: 'It goes on the timeline under your name.',
        }),
      ],
      { submit: 'Roll back canary', callback: callbacks.canaryAway, metadata },
    ),
  )
}

/** Asks for an item of the gate, whether it holds, and what was looked at. */
export function tickModal(state: PromotionState, minRequests: number, metadata: string): ModalView {
  const open = itemsOf(state, minRequests).filter(
    ({ item, state: is }) =>
      gateItems[item].by === 'person' || (gateItems[item].by === 'product' && is === 'unknown'),
  )
  const options = open.map(({ item }) => ({ value: item, text: gateItems[item].says }))
  const [first] = open.filter(({ state: is }) => is !== 'passed')
  return fitModal(
    modal(
      'Tick an item',
      [
        section(
          mrkdwn`What people have seen of ${bold(state.service)} at ${bold(`${state.step.share} %`)}.`,
        ),
        input(inputs.item, select(inputs.item, options, first?.item, 'Which one'), {
          label: 'Item',
        }),
        input(
          inputs.holds,
          select(
            inputs.holds,
            [
              { value: 'yes', text: 'It holds' },
              { value: 'no', text: 'It does not hold' },
            ],
            'yes',
            'Does it hold?',
          ),
          { label: 'Does it hold?' },
        ),
        input(inputs.reason, textInput(inputs.reason, { least: shortestReason, lines: false }), {
          label: 'What you looked at',
          hint: 'It goes on the timeline under your name.',
        }),
      ],
      { submit: 'Say so', callback: callbacks.tickGate, metadata },
    ),
  )
}

/** What was chosen; `undefined` for what the form does not offer. */
export function tickIn(
  item: string | undefined,
  holds: string | undefined,
): { readonly item: GateItem; readonly holds: boolean } | undefined {
  if (item === undefined || !isGateItem(item) || (holds !== 'yes' && holds !== 'no'))
    return undefined
  return { item, holds: holds === 'yes' }
}
