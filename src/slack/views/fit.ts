import type { KnownBlock, ModalView } from '@slack/types'
import type { Message } from './message.ts'
import { clip } from './text.ts'
import { type Problem, validateMessage, validateModal } from './validate-blocks.ts'

/** Told to the reader where something was left out. */
export const marker = '… (shortened: the whole text is on the timeline)'
const longestText = 3_000
const mostBlocks = 50
/** Slack refuses a message somewhere near 13,200 characters of blocks. */
const mostCharacters = 12_000

/** A message that Slack will take: long texts are cut and say so, then the least important blocks go, and at the worst the plain text stays. */
export function fit(message: Message): Message {
  const text = unlinked(clipMarkup(message.text, 3_900)) || '(no text)'
  const trimmed = message.blocks.map(trim)
  for (const blocks of shrinking(trimmed)) {
    if (validateMessage({ text, blocks }).length === 0) return { text, blocks }
  }
  return { text, blocks: [] }
}

/** The plain text has no `verbatim`: addresses in it are kept from becoming links. What we linked ourselves stays. */
const unlinked = (text: string): string =>
  clip(
    text.replace(/<[^>]*>|(?<=[\p{L}\p{N}])[.@](?=\p{L}{2,})/gu, (found) =>
      found.startsWith('<') ? found : `${found}\u2060`,
    ),
    4_000,
  )

/** A modal that Slack will take, or an error: a modal without its inputs would be a trap. */
export function fitModal(view: ModalView): ModalView {
  const blocks = view.blocks.map((block) => trim(block as KnownBlock))
  const fitted = { ...view, blocks }
  const problems = validateModal(fitted)
  if (problems.length === 0) return fitted
  const sound = blocks.filter((_, index) => !isAbout(problems, index)).slice(0, 100)
  const kept = lightened(sound, mostView - JSON.stringify({ ...view, blocks: [] }).length)
  return { ...fitted, blocks: kept.length > 0 ? kept : [missing] }
}

/** Slack takes 250 KB; the rest is for saying that something was left out. */
const mostView = 249_000

/** Of what is only to be read, the last goes first until the rest fits into `room`; inputs and buttons stay. */
function lightened(blocks: readonly KnownBlock[], room: number): KnownBlock[] {
  const kept = [...blocks]
  let size = sizeOf(kept)
  while (size > room) {
    const last = kept.findLastIndex(({ type }) => type !== 'input' && type !== 'actions')
    if (last < 0) break
    const [gone] = kept.splice(last, 1)
    size -= JSON.stringify(gone).length + 1
  }
  return kept.length === blocks.length ? kept : [...kept.slice(0, 99), leftOut]
}

const missing: KnownBlock = {
  type: 'section',
  text: { type: 'plain_text', text: 'This is too long to show here. Please look at the timeline.' },
}

/** Ever shorter versions: as it is, then without one more of the least important blocks. */
function* shrinking(blocks: readonly KnownBlock[]): Generator<readonly KnownBlock[]> {
  const broken = validateMessage({ text: '–', blocks: blocks.slice(0, mostBlocks) })
  let kept = blocks.filter((_, index) => index >= mostBlocks || !isAbout(broken, index))
  yield kept
  while (kept.length > 0) {
    const index = leastImportant(kept)
    kept = kept.toSpliced(index, 1)
    const shown = [...kept]
    const last = shown.findLastIndex(({ type }) => type !== 'actions')
    shown.splice(last + 1, 0, leftOut)
    if (shown.length <= mostBlocks && sizeOf(shown) <= mostCharacters) yield shown
  }
}

const leftOut: KnownBlock = {
  type: 'context',
  elements: [{ type: 'plain_text', text: marker, emoji: false }],
}

/** Buttons and the header stay longest; of the rest the last goes first. */
function leastImportant(blocks: readonly KnownBlock[]): number {
  const inOrder = [
    blocks.findLastIndex(({ type }) => type === 'divider' || type === 'image'),
    blocks.findLastIndex(({ type }, index) => type === 'context' && index > 1),
    blocks.findLastIndex(({ type }, index) => type !== 'actions' && index > 1),
    blocks.findLastIndex(({ type }) => type !== 'header'),
  ]
  return inOrder.find((index) => index >= 0) ?? blocks.length - 1
}

const sizeOf = (blocks: readonly KnownBlock[]): number => JSON.stringify(blocks).length

const isAbout = (problems: readonly Problem[], index: number): boolean =>
  problems.some(({ pointer }) => pointer.startsWith(`/blocks/${index}/`))

function trim(block: KnownBlock): KnownBlock {
  if (block.type === 'section' && block.text?.type === 'mrkdwn')
    return { ...block, text: { ...block.text, text: clipMarkup(block.text.text, longestText) } }
  if (block.type === 'context')
    return {
      ...block,
      elements: block.elements
        .slice(0, 10)
        .map((element) =>
          element.type === 'mrkdwn'
            ? { ...element, text: clipMarkup(element.text, longestText) }
            : element,
        ),
    }
  return block
}

/** Cuts mrkdwn without leaving half a mention, half an entity or an open code span behind. */
export function clipMarkup(markup: string, length: number): string {
  if (markup.length <= length) return markup
  const room = length - marker.length - 2
  let cut = clip(markup, room).slice(0, -1)
  cut = cut.replace(/&[a-z]{0,4}$/u, '')
  const open = cut.lastIndexOf('<')
  if (open > cut.lastIndexOf('>')) cut = cut.slice(0, open)
  const ticks = cut.split('`').length - 1
  return `${cut.trimEnd()}${ticks % 2 === 1 ? '`' : ''}${marker}`
}
