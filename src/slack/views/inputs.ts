import type {
  InputBlock,
  ModalView,
  PlainTextInput,
  PlainTextOption,
  StaticSelect,
} from '@slack/types'
import { plain } from './blocks.ts'

/** block_id and action_id of every input. A block that must forget what was typed carries a suffix after a colon: `text:Resolved`. */
export const inputs = {
  service: 'service',
  target: 'target',
  reasonKind: 'reason-kind',
  reason: 'reason',
  severity: 'severity',
  when: 'when',
  until: 'until',
  flags: 'flags',
  status: 'status',
  text: 'text',
  impact: 'impact',
  amount: 'amount',
  item: 'item',
  holds: 'holds',
  changed: 'changed',
  others: 'others',
} as const
type InputName = (typeof inputs)[keyof typeof inputs]

/** callback_id of every modal that something comes back from. */
export const callbacks = {
  rollback: 'countermand:modal:rollback',
  changed: 'countermand:modal:changed',
  reason: 'countermand:modal:reason',
  breakGlass: 'countermand:modal:break-glass',
  acknowledge: 'countermand:modal:acknowledge',
  statusPage: 'countermand:modal:status-page',
  impact: 'countermand:modal:impact',
  noIncident: 'countermand:modal:no-incident',
  canaryAway: 'countermand:modal:canary-away',
  tickGate: 'countermand:modal:tick-gate',
  /** Pressed in, never submitted. */
  checklist: 'countermand:modal:checklist',
} as const

/** What Slack and the people who answer are given at once. */
export const mostOptions = 100

/** `redraw`: tells us at once when it changes, so that the rest of the modal can follow. */
export interface Asking {
  readonly label: string
  readonly hint?: string
  readonly optional?: boolean
  readonly redraw?: boolean
}

export function input(
  name: InputName,
  element: InputBlock['element'],
  { label, hint, optional = false, redraw = false }: Asking,
): InputBlock {
  return {
    type: 'input',
    block_id: name,
    label: plain(label, 200),
    element,
    optional,
    dispatch_action: redraw,
    ...(hint === undefined ? {} : { hint: plain(hint, 300) }),
  }
}

export function textInput(
  name: InputName,
  {
    least = 0,
    most = 1_000,
    initial,
    lines = true,
    placeholder,
  }: {
    readonly least?: number
    readonly most?: number
    readonly initial?: string | undefined
    readonly lines?: boolean
    readonly placeholder?: string
  },
): PlainTextInput {
  const start = initial?.toWellFormed().slice(0, most).toWellFormed()
  return {
    type: 'plain_text_input',
    action_id: name,
    multiline: lines,
    min_length: least,
    max_length: most,
    ...(start === undefined || start === '' ? {} : { initial_value: start }),
    ...(placeholder === undefined ? {} : { placeholder: plain(placeholder, 150) }),
  }
}

/** A value that Slack could not carry whole would come back as another one: such options are left out. */
export function select(
  name: InputName,
  options: readonly { readonly value: string; readonly text: string; readonly about?: string }[],
  chosen: string | undefined,
  placeholder: string,
): StaticSelect {
  const offered = options
    .filter(({ value }) => value.length > 0 && value.length <= 75)
    .slice(0, mostOptions)
    .map(
      ({ value, text, about }): PlainTextOption => ({
        value,
        text: plain(text, 75),
        ...(about === undefined || about === '' ? {} : { description: plain(about, 75) }),
      }),
    )
  const initial = offered.find(({ value }) => value === chosen)
  return {
    type: 'static_select',
    action_id: name,
    placeholder: plain(placeholder, 150),
    options: offered,
    ...(initial ? { initial_option: initial } : {}),
  }
}

export const modal = (
  title: string,
  blocks: ModalView['blocks'],
  more: { readonly submit?: string; readonly callback?: string; readonly metadata?: string } = {},
): ModalView => ({
  type: 'modal',
  title: plain(title, 24),
  close: plain(more.submit === undefined ? 'Close' : 'Not yet', 24),
  blocks,
  ...(more.submit === undefined ? {} : { submit: plain(more.submit, 24) }),
  ...(more.callback === undefined ? {} : { callback_id: more.callback }),
  ...(more.metadata === undefined ? {} : { private_metadata: more.metadata }),
})
