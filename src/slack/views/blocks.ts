import type {
  ActionsBlock,
  Button,
  ConfirmationDialog,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
  SectionBlock,
} from '@slack/types'
import { isNothing, type Markup } from './markup.ts'
import type { ButtonAction, Message, Sign } from './message.ts'
import { clipMarkup, fit } from './fit.ts'
import { beginning, clip, visible } from './text.ts'

/** `verbatim` keeps Slack from turning bare addresses and names into links and mentions. */
export const md = ({ markup }: Markup): MrkdwnElement => ({
  type: 'mrkdwn',
  text: markup,
  verbatim: true,
})
/** `emoji: false` keeps `:names:` as they were typed. */
export const plain = (text: string, length: number): PlainTextElement => ({
  type: 'plain_text',
  text: clip(visible(beginning(text, length)).trim(), length) || '–',
  emoji: false,
})

export const header = (text: string): HeaderBlock => ({ type: 'header', text: plain(text, 150) })
export const section = (text: Markup, accessory?: Button): SectionBlock => ({
  type: 'section',
  text: md(text),
  ...(accessory ? { accessory } : {}),
})
export const context = (...texts: readonly Markup[]): ContextBlock => ({
  type: 'context',
  elements: texts.map(md),
})
/** Nothing at all when there is no button to press. */
export const actions = (...buttons: readonly (Button | undefined)[]): readonly ActionsBlock[] => {
  const shown = buttons.filter((button) => button !== undefined)
  return shown.length > 0 ? [{ type: 'actions', elements: shown }] : []
}

export interface ButtonLook {
  readonly style?: 'primary' | 'danger'
  readonly confirm?: ConfirmationDialog
}

export const actionIdOf = (kind: ButtonAction['kind']): string => `countermand:${kind}`

export const button = (
  label: string,
  action: ButtonAction,
  sign: Sign,
  look: ButtonLook = {},
): Button => ({
  type: 'button',
  action_id: actionIdOf(action.kind),
  value: sign(action),
  text: plain(label, 75),
  ...look,
})

export const confirm = (
  title: string,
  text: Markup,
  yes: string,
  no: string,
  style: 'primary' | 'danger' = 'danger',
): ConfirmationDialog => ({
  title: plain(title, 100),
  text: { ...md(text), text: clipMarkup(text.markup, 300) },
  confirm: plain(yes, 30),
  deny: plain(no, 30),
  style,
})

/** Puts a message together: empty parts left out, limits kept, whatever the input was. `summary` is what a notification shows. */
export const message = (
  summary: Markup,
  ...parts: readonly (KnownBlock | readonly KnownBlock[] | undefined)[]
): Message =>
  fit({
    text: summary.markup,
    blocks: parts.flatMap((part) => part ?? []).filter((block) => !isEmpty(block)),
  })

function isEmpty(block: KnownBlock): boolean {
  if (block.type === 'context') return block.elements.length === 0
  return block.type === 'section' && block.text?.text === ''
}

/** A section, unless there is nothing to say. */
export const sectionIf = (text: Markup | undefined): readonly KnownBlock[] =>
  text === undefined || isNothing(text) ? [] : [section(text)]
