import type { ModalView } from '@slack/types'
import { context, section } from './blocks.ts'
import { fitModal } from './fit.ts'
import { callbacks, input, inputs, modal, select, textInput } from './inputs.ts'
import { bold, mrkdwn } from './markup.ts'

export interface StatusPageInput {
  readonly offers: readonly {
    readonly status: string
    readonly text: string
    readonly sent: boolean
  }[]
  /** The template of the one shown first, as the form handed it back. */
  readonly selected: string | undefined
  readonly component: string
  readonly metadata: string
}

/** Preview and edit of what customers will read. What may not be said yet is not offered. */
export function statusPageModal({
  offers,
  selected,
  component,
  metadata,
}: StatusPageInput): ModalView {
  // The last that may be said is what is true now; the earlier ones are for those who are late.
  const offer =
    offers.find(({ status }) => templateOf(status) === selected) ??
    offers.findLast(({ sent }) => !sent)
  const chosen = offer ?? offers[0]
  if (!chosen)
    return modal('Status page', [
      section(mrkdwn`Nothing can be said to customers yet: the rollback has not been approved.`),
    ])
  return fitModal(
    modal(
      'Status page',
      [
        section(
          mrkdwn`For ${bold(component)}. No status page is connected to Countermand yet: publish this text there yourself, then record here that you did.`,
        ),
        input(
          inputs.status,
          select(
            inputs.status,
            offers.map(({ status, sent }) => ({
              value: templateOf(status),
              text: sent ? `${status} (sent)` : status,
            })),
            templateOf(chosen.status),
            'Choose',
          ),
          { label: 'Status', redraw: true },
        ),
        textFor(chosen),
        context(mrkdwn`“Resolved” is offered once the watch is over. Times are UTC.`),
      ],
      { submit: 'I published it', callback: callbacks.statusPage, metadata },
    ),
  )
}

/** Slack keeps what was typed as long as the block keeps its id: another status needs another block to show its own text. */
const textFor = ({ status, text }: StatusPageInput['offers'][number]) => ({
  ...input(inputs.text, textInput(inputs.text, { least: 1, most: 2_000, initial: text }), {
    label: 'Text',
  }),
  block_id: `${inputs.text}:${status}`,
})

/** What is handed back is the name of the template, `status-resolved`. */
const templateOf = (status: string): string => `status-${status.toLowerCase()}`
