import { isWire } from './api/method.ts'
import type { Message, Wire } from './model.ts'
import type { Workspace } from './workspace.ts'

/** A message as one reads it aloud: blocks in order, buttons in brackets, names instead of ids. */
export function wordsOf(message: Message, workspace: Workspace): string {
  const lines = message.blocks ? linesOf(message.blocks) : [message.text]
  const files = (message.files ?? []).map(({ title }) => `(file: ${title})`)
  return named([...lines, ...files].filter((line) => line !== '').join('\n'), workspace)
}

/** Ids become names; dates become their fallback text. */
export function named(text: string, { people, groups, rooms }: Workspace): string {
  return text
    .replaceAll(/<@(\w+)(?:\|[^>]*)?>/g, (_, id: string) => `@${people.get(id)?.name ?? id}`)
    .replaceAll(/<#(\w+)(?:\|[^>]*)?>/g, (_, id: string) => `#${rooms.get(id)?.name ?? id}`)
    .replaceAll(
      /<!subteam\^(\w+)(?:\|[^>]*)?>/g,
      (_, id: string) => `@${groups.get(id)?.handle ?? id}`,
    )
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replaceAll(/<!(here|channel|everyone)(?:\|[^>]*)?>/g, '@$1')
    .replaceAll(/<[^<>|]+\|([^<>]+)>/g, '$1')
    .replaceAll(/<(https?:[^<>]+)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function linesOf(blocks: readonly Wire[]): readonly string[] {
  return blocks.flatMap((block) => {
    switch (block['type']) {
      case 'divider':
        return []
      case 'actions':
        return [listOf(block['elements']).map(pieceOf).join(' ')]
      case 'context':
        return [listOf(block['elements']).map(pieceOf).join(' ')]
      case 'section':
        return [
          pieceOf(block['text']),
          ...listOf(block['fields']).map(pieceOf),
          pieceOf(block['accessory']),
        ]
      case 'table':
        return (Array.isArray(block['rows']) ? block['rows'] : []).map((row) =>
          listOf(row).map(pieceOf).join(' | '),
        )
      case 'input':
        return [`${pieceOf(block['label'])}: ${pieceOf(block['element'])}`]
      default:
        return [pieceOf(block)]
    }
  })
}

/** Text of an object that shows something: what it says, a button in brackets, a picture by its description. */
function pieceOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (!isWire(value)) return ''
  const type = value['type']
  if (type === 'image') return `(picture: ${String(value['alt_text'])})`
  if (type === 'button') return `[${pieceOf(value['text'])}]`
  if (typeof type === 'string' && /select|picker|input|boxes|buttons|overflow/.test(type))
    return `‹${pieceOf(value['placeholder']) || type}›`
  if (type === 'user') return `<@${String(value['user_id'])}>`
  if (type === 'channel') return `<#${String(value['channel_id'])}>`
  if (type === 'usergroup') return `<!subteam^${String(value['usergroup_id'])}>`
  if (type === 'emoji') return `:${String(value['name'])}:`
  if (type === 'date') return String(value['fallback'] ?? value['timestamp'])
  if (type === 'link') return String(value['text'] ?? value['url'])
  if (Array.isArray(value['elements'])) {
    const isList = type === 'rich_text' || type === 'rich_text_list'
    return value['elements'].map(pieceOf).join(isList ? '\n' : '')
  }
  return pieceOf(value['text'])
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
