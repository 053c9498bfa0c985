import { z } from 'zod'

/** Limits are Slack's, in characters (`length` of the JSON string). */
export const plainText = (max = 3_000) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  })
export const mrkdwn = (max = 3_000) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().optional(),
  })
export const anyText = (max = 3_000) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)])

export const confirmDialog = z.strictObject({
  title: plainText(100),
  text: anyText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
})

const optionShape = { value: z.string().min(1).max(75), description: plainText(75).optional() }
export const option = z.strictObject({ ...optionShape, text: plainText(75) })
/** Radio buttons and checkboxes may carry mrkdwn. */
export const richOption = z.strictObject({
  ...optionShape,
  text: anyText(75),
  description: anyText(75).optional(),
})
export const overflowOption = z.strictObject({
  ...optionShape,
  text: plainText(75),
  url: z.string().max(3_000).optional(),
})
export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(option).min(1).max(100),
})

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
    underline: z.boolean().optional(),
    highlight: z.boolean().optional(),
    client_highlight: z.boolean().optional(),
    unlink: z.boolean().optional(),
  })
  .optional()
const leaf = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1), style }),
  z.strictObject({
    type: z.literal('link'),
    url: z.string().min(1).max(3_000),
    text: z.string().optional(),
    unsafe: z.boolean().optional(),
    style,
  }),
  z.strictObject({ type: z.literal('user'), user_id: z.string(), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string(), style }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string(), style }),
  z.strictObject({
    type: z.literal('emoji'),
    name: z.string().min(1),
    unicode: z.string().optional(),
    style,
  }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
  z.strictObject({
    type: z.literal('broadcast'),
    range: z.enum(['here', 'channel', 'everyone']),
    style,
  }),
  z.strictObject({ type: z.literal('color'), value: z.string(), style }),
])
const richSection = z.strictObject({
  type: z.literal('rich_text_section'),
  elements: z.array(leaf),
})
export const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().max(255).optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        richSection,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(richSection),
          indent: z.int().min(0).max(8).optional(),
          offset: z.int().min(0).optional(),
          border: z.int().min(0).max(1).optional(),
        }),
        z.strictObject({
          type: z.literal('rich_text_quote'),
          elements: z.array(leaf),
          border: z.int().min(0).max(1).optional(),
        }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: z.array(leaf),
          border: z.int().min(0).max(1).optional(),
          language: z.string().optional(),
        }),
      ]),
    )
    .min(1),
})
