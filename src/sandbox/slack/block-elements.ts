import { z } from 'zod'
import {
  confirmDialog,
  option,
  optionGroup,
  overflowOption,
  plainText,
  richOption,
} from './block-texts.ts'

const actionId = z.string().min(1).max(255).optional()
const confirm = confirmDialog.optional()
const placeholder = plainText(150).optional()
const focus = z.boolean().optional()
const interactive = { action_id: actionId, confirm, focus_on_load: focus }
const dispatch = z
  .strictObject({
    trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1),
  })
  .optional()
const typed = {
  action_id: actionId,
  placeholder,
  focus_on_load: focus,
  dispatch_action_config: dispatch,
}
const many = { max_selected_items: z.int().min(1).optional() }

const oneOfOptionsOrGroups = (value: { options?: unknown; option_groups?: unknown }) =>
  (value.options === undefined) !== (value.option_groups === undefined)
const optionsOrGroups = {
  options: z.array(option).min(1).max(100).optional(),
  option_groups: z.array(optionGroup).min(1).max(100).optional(),
}
const eitherMessage = { error: 'must provide either options or option_groups, not both' }

const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: actionId,
  url: z.string().max(3_000).optional(),
  value: z.string().max(2_000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm,
  accessibility_label: z.string().max(75).optional(),
})
export const image = z
  .strictObject({
    type: z.literal('image'),
    alt_text: z.string().min(1).max(2_000),
    image_url: z.string().min(1).max(3_000).optional(),
    slack_file: z
      .strictObject({ id: z.string().optional(), url: z.string().optional() })
      .optional(),
  })
  .refine(({ image_url, slack_file }) => (image_url === undefined) !== (slack_file === undefined), {
    error: 'must provide either image_url or slack_file',
  })
const overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id: actionId,
  options: z.array(overflowOption).min(1).max(5),
  confirm,
})
const staticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    ...interactive,
    placeholder,
    ...optionsOrGroups,
    initial_option: option.optional(),
  })
  .refine(oneOfOptionsOrGroups, eitherMessage)
const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...interactive,
    ...many,
    placeholder,
    ...optionsOrGroups,
    initial_options: z.array(option).optional(),
  })
  .refine(oneOfOptionsOrGroups, eitherMessage)
const externalSelect = z.strictObject({
  type: z.literal('external_select'),
  ...interactive,
  placeholder,
  min_query_length: z.int().min(0).optional(),
  initial_option: option.optional(),
})
const peopleSelects = [
  z.strictObject({
    type: z.literal('users_select'),
    ...interactive,
    placeholder,
    initial_user: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...interactive,
    placeholder,
    initial_channel: z.string().optional(),
    response_url_enabled: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal('multi_users_select'),
    ...interactive,
    ...many,
    placeholder,
    initial_users: z.array(z.string()).optional(),
  }),
] as const
const checkboxes = z.strictObject({
  type: z.literal('checkboxes'),
  ...interactive,
  options: z.array(richOption).min(1).max(10),
  initial_options: z.array(richOption).min(1).max(10).optional(),
})
const radioButtons = z.strictObject({
  type: z.literal('radio_buttons'),
  ...interactive,
  options: z.array(richOption).min(1).max(10),
  initial_option: richOption.optional(),
})
const pickers = [
  z.strictObject({
    type: z.literal('datepicker'),
    ...interactive,
    placeholder,
    initial_date: z.iso.date().optional(),
  }),
  z.strictObject({
    type: z.literal('timepicker'),
    ...interactive,
    placeholder,
    initial_time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .optional(),
    timezone: z.string().optional(),
  }),
] as const
const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  ...interactive,
  /** Epoch seconds, ten digits. */
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
})
const plainTextInput = z.strictObject({
  type: z.literal('plain_text_input'),
  ...typed,
  initial_value: z.string().max(3_000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3_000).optional(),
  max_length: z.int().min(1).max(3_000).optional(),
})
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  ...typed,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
})
const lineInputs = [
  z.strictObject({
    type: z.literal('email_text_input'),
    ...typed,
    initial_value: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('url_text_input'),
    ...typed,
    initial_value: z.string().optional(),
  }),
] as const

const selects = [
  staticSelect,
  multiStaticSelect,
  externalSelect,
  ...peopleSelects,
  checkboxes,
  radioButtons,
  ...pickers,
] as const
/** What may stand where; everything else is refused, as Slack does. */
export const actionElement = z.discriminatedUnion('type', [
  button,
  overflow,
  datetimepicker,
  ...selects,
])
export const accessory = z.discriminatedUnion('type', [button, image, overflow, ...selects])
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  numberInput,
  datetimepicker,
  ...lineInputs,
  ...selects,
])
