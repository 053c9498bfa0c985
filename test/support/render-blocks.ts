import type { KnownBlock } from '@slack/types'

/** Blocks as a person reads them, for golden files: buttons in brackets, dialogs indented under them. */
export function rendered(blocks: readonly unknown[]): string {
  return blocks.map((block) => renderedBlock(block as KnownBlock)).join('\n')
}

interface Loose {
  readonly type: string
  readonly text?: Loose | string
  readonly elements?: readonly Loose[]
  readonly accessory?: Loose
  readonly label?: Loose
  readonly hint?: Loose
  readonly element?: Loose
  readonly confirm?: {
    readonly title: Loose
    readonly text: Loose
    readonly confirm: Loose
    readonly deny: Loose
  }
  readonly options?: readonly { readonly text: Loose; readonly description?: Loose }[]
  readonly placeholder?: Loose
  readonly initial_value?: string
  readonly initial_option?: { readonly text: Loose }
  readonly style?: string
  readonly optional?: boolean
}

function renderedBlock(block: KnownBlock): string {
  const loose = block as unknown as Loose
  switch (loose.type) {
    case 'header':
      return `# ${words(loose.text)}`
    case 'context':
      return (loose.elements ?? []).map((element) => `  (${words(element)})`).join('\n')
    case 'section':
      return loose.accessory
        ? `${words(loose.text)}   ${control(loose.accessory)}`
        : words(loose.text)
    case 'actions':
      return (loose.elements ?? []).map(control).join(' ')
    case 'input':
      return `${words(loose.label)}${loose.optional ? ' (optional)' : ''}: ${loose.element ? control(loose.element) : ''}${loose.hint ? `\n  (${words(loose.hint)})` : ''}`
    default:
      return `<${loose.type}>`
  }
}

function control(element: Loose): string {
  if (element.type === 'button') {
    const dialog = element.confirm
    const asks = dialog
      ? `\n    asks first: ${words(dialog.title)} ${words(dialog.text)} [${words(dialog.confirm)}] [${words(dialog.deny)}]\n   `
      : ''
    return `[${words(element.text)}]${asks}`
  }
  const options = element.options?.map(
    ({ text, description }) =>
      `\n    - ${words(text)}${description ? ` – ${words(description)}` : ''}`,
  )
  return `<${element.type}${element.initial_option ? ` chosen: ${words(element.initial_option.text)}` : ''}${element.initial_value ? ` “${element.initial_value}”` : ''}>${options?.join('') ?? ''}`
}

const words = (text: Loose | string | undefined): string => {
  if (text === undefined) return ''
  return typeof text === 'string'
    ? text
    : typeof text.text === 'string'
      ? text.text
      : words(text.text)
}
