import { z } from 'zod'
import { accessory, actionElement, image, inputElement } from './block-elements.ts'
import { anyText, mrkdwn, plainText, richText } from './block-texts.ts'

/** What `blocks.validate` says about one fault; `pointer` is a JSON pointer into what was sent. */
export interface BlockFault {
  readonly pointer: string
  readonly code: string
  readonly message: string
}

/** Every fault of a message's or view's blocks by Slack's published limits; empty when Slack would take them. */
export function faultsInBlocks(blocks: unknown, place: 'message' | 'view'): readonly BlockFault[] {
  const most = place === 'message' ? 50 : 100
  const checked = z.array(block).min(1).max(most).safeParse(blocks)
  if (!checked.success) return checked.error.issues.map((issue) => faultOf(issue, '/blocks'))
  return [...repeatedIds(checked.data), ...placement(checked.data, place)]
}

export function faultsInView(view: unknown): readonly BlockFault[] {
  const checked = anyView.safeParse(view)
  if (!checked.success) return checked.error.issues.map((issue) => faultOf(issue, '/view'))
  const { blocks } = checked.data
  const faults = faultsInBlocks(blocks, 'view').map((fault) => ({
    ...fault,
    pointer: `/view${fault.pointer}`,
  }))
  const needsSubmit =
    checked.data.type === 'modal' &&
    checked.data.submit === undefined &&
    blocks.some((one) => typeOf(one) === 'input')
  return needsSubmit
    ? [...faults, fault('/view/submit', 'missing', 'submit is required when a view holds an input')]
    : faults
}

/** All characters people would read: Slack refuses a message near 13 200 of them (`msg_blocks_too_long`). */
export function charactersIn(blocks: unknown): number {
  if (Array.isArray(blocks)) return blocks.reduce<number>((sum, one) => sum + charactersIn(one), 0)
  if (typeof blocks !== 'object' || blocks === null) return 0
  return Object.entries(blocks).reduce(
    (sum, [key, value]) =>
      sum + (key === 'text' && typeof value === 'string' ? value.length : charactersIn(value)),
    0,
  )
}

const blockId = { block_id: z.string().min(1).max(255).optional() }
const cell = z.union([
  z.strictObject({ type: z.literal('raw_text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('raw_number'),
    value: z.number(),
    text: z.string().optional(),
  }),
  richText,
])
const block = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('actions'),
    ...blockId,
    elements: z.array(actionElement).min(1).max(25),
  }),
  z.strictObject({
    type: z.literal('context'),
    ...blockId,
    elements: z
      .array(z.discriminatedUnion('type', [image, plainText(), mrkdwn()]))
      .min(1)
      .max(10),
  }),
  z.strictObject({ type: z.literal('divider'), ...blockId }),
  z.strictObject({ type: z.literal('header'), ...blockId, text: plainText(150) }),
  z
    .strictObject({
      type: z.literal('image'),
      ...blockId,
      alt_text: z.string().min(1).max(2_000),
      title: plainText(2_000).optional(),
      image_url: z.string().min(1).max(3_000).optional(),
      slack_file: z
        .strictObject({ id: z.string().optional(), url: z.string().optional() })
        .optional(),
    })
    .refine(
      ({ image_url, slack_file }) => (image_url === undefined) !== (slack_file === undefined),
      { error: 'must provide either image_url or slack_file' },
    ),
  z.strictObject({
    type: z.literal('input'),
    ...blockId,
    label: plainText(2_000),
    hint: plainText(2_000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: inputElement,
  }),
  z.strictObject({
    type: z.literal('markdown'),
    ...blockId,
    text: z.string().min(1).max(12_000),
  }),
  richText,
  z
    .strictObject({
      type: z.literal('section'),
      ...blockId,
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
      accessory: accessory.optional(),
      expand: z.boolean().optional(),
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined, {
      error: 'must have text or fields',
    }),
  z.strictObject({
    type: z.literal('table'),
    ...blockId,
    rows: z.array(z.array(cell).min(1).max(20)).min(1).max(100),
    column_settings: z
      .array(
        z
          .strictObject({
            align: z.enum(['left', 'center', 'right']).optional(),
            is_wrapped: z.boolean().optional(),
          })
          .nullable(),
      )
      .max(20)
      .optional(),
  }),
])
type Block = z.infer<typeof block>

const viewBody = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(3_000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
}
const anyView = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('modal'),
    ...viewBody,
    title: plainText(24),
    close: plainText(24).optional(),
    submit: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('home'), ...viewBody }),
])

const fault = (pointer: string, code: string, message: string): BlockFault => ({
  pointer,
  code,
  message,
})
const faultOf = (issue: z.core.$ZodIssue, root: string): BlockFault =>
  fault([root, ...issue.path.map(String)].join('/'), issue.code, issue.message)
const typeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined

function repeatedIds(blocks: readonly Block[]): readonly BlockFault[] {
  const seen = new Set<string>()
  return blocks.flatMap((one, index) => {
    const faults = repeatedActions(one).map((id) =>
      fault(`/blocks/${index}`, 'duplicate', `action_id "${id}" is used twice in one block`),
    )
    const id = one.block_id
    if (id !== undefined && seen.has(id))
      faults.push(fault(`/blocks/${index}/block_id`, 'duplicate', `block_id "${id}" is used twice`))
    if (id !== undefined) seen.add(id)
    return faults
  })
}

function repeatedActions(one: Block): readonly string[] {
  if (one.type !== 'actions') return []
  const ids = one.elements.flatMap(({ action_id }) => action_id ?? [])
  return ids.filter((id, index) => ids.indexOf(id) !== index)
}

/** One table a message; markdown blocks share 12 000 characters; tables and markdown are for messages. */
function placement(blocks: readonly Block[], place: 'message' | 'view'): readonly BlockFault[] {
  const count = (type: Block['type']) => blocks.filter((one) => one.type === type).length
  const written = blocks.reduce(
    (sum, one) => sum + (one.type === 'markdown' ? one.text.length : 0),
    0,
  )
  return [
    ...(count('table') > 1
      ? [fault('/blocks', 'only_one_table', 'only one table is allowed')]
      : []),
    ...(written > 12_000
      ? [fault('/blocks', 'too_big', 'markdown blocks may hold 12000 characters together')]
      : []),
    ...(place === 'view' && count('table') + count('markdown') > 0
      ? [fault('/blocks', 'unsupported', 'table and markdown blocks are not for views')]
      : []),
  ]
}
