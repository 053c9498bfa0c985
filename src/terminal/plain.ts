import type { KnownBlock } from '@slack/types'
import type { Message } from '#slack/views/index.ts'

/** Names people by what a terminal's reader knows them by. */
export type NameOf = (user: string) => string | undefined

/** A message of Slack as a terminal shows it: the same words, without buttons and marks. */
export function plainText({ text, blocks }: Message, nameOf: NameOf): string {
  const shown = blocks.map((block) => blockText(block, nameOf)).filter((lines) => lines !== '')
  return shown.length > 0 ? shown.join('\n') : unmarked(text, nameOf)
}

function blockText(block: KnownBlock, nameOf: NameOf): string {
  switch (block.type) {
    case 'header':
      return `${block.text.text}\n${'─'.repeat(Math.min(72, [...block.text.text].length))}`
    case 'section':
      return unmarked(block.text?.text ?? '', nameOf)
    case 'context':
      return block.elements
        .map((element) => ('text' in element ? unmarked(element.text, nameOf) : ''))
        .join('\n')
    default:
      // Buttons have no place here: the commands are said instead.
      return ''
  }
}

/** mrkdwn as plain text. What people wrote was made harmless before, control characters included. */
const unmarked = (markup: string, nameOf: NameOf): string =>
  markup
    .replace(/<@([UW][A-Z0-9]+)>/gu, (_, user: string) => `@${nameOf(user) ?? user}`)
    .replace(/<#([CG][A-Z0-9]+)>/gu, '#$1')
    .replace(/<(https?:[^|>]+)\|([^>]*)>/gu, '$2 ($1)')
    .replace(/\*([^*\n]+)\*/gu, '$1')
    .replace(/`([^`\n]+)`/gu, '$1')
    .replaceAll('\u2060', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
