import {
  among,
  anything,
  array,
  boolean,
  byType,
  number,
  object,
  type Rule,
  string,
} from './rule.ts'

/** Limits of Slack's Block Kit elements and composition objects, from @slack/types and the documentation. */
const type = anything

export const plainText = (most: number): Rule =>
  byType({ plain_text: object({ type, text: string(most), emoji: boolean }, ['text']) })
export const anyText = (most: number): Rule =>
  byType({
    plain_text: object({ type, text: string(most), emoji: boolean }, ['text']),
    mrkdwn: object({ type, text: string(most), verbatim: boolean }, ['text']),
  })

const id = string(255)
const style = among('primary', 'danger')
const confirm = object(
  {
    title: plainText(100),
    text: anyText(300),
    confirm: plainText(30),
    deny: plainText(30),
    style,
  },
  ['text'],
)
const option = object({ text: anyText(75), value: string(75), description: anyText(75) }, [
  'text',
  'value',
])
const overflowOption = object(
  { text: plainText(75), value: string(75), description: plainText(75), url: string(3_000) },
  ['text', 'value'],
)
const group = object({ label: plainText(75), options: array(option, 100) }, ['label', 'options'])

const common = { type, action_id: id, confirm, focus_on_load: boolean }
const placeholder = plainText(150)
const dispatch_action_config = object({
  trigger_actions_on: array(among('on_enter_pressed', 'on_character_entered'), 2),
})
const typed = { ...common, placeholder, initial_value: string(3_000), dispatch_action_config }

export const button = object(
  {
    ...common,
    text: plainText(75),
    value: string(2_000),
    url: string(3_000),
    accessibility_label: string(75),
    style,
  },
  ['text'],
)
export const image = object(
  { type, image_url: string(3_000), alt_text: string(2_000), slack_file: anything },
  ['alt_text'],
)

const select = {
  ...common,
  placeholder,
  options: array(option, 100),
  option_groups: array(group, 100),
  initial_option: option,
}
const multi = {
  ...common,
  placeholder,
  options: array(option, 100),
  option_groups: array(group, 100),
  initial_options: array(option, 100),
  max_selected_items: number(1, 100),
}
const choices = { ...common, options: array(option, 10) }
const picked = { ...common, placeholder, response_url_enabled: boolean }

/** What may be pressed or chosen, in actions and beside a section. */
const controls = {
  button,
  workflow_button: anything,
  overflow: object({ ...common, options: array(overflowOption, 5) }, ['options']),
  checkboxes: object({ ...choices, initial_options: array(option, 10) }, ['options']),
  radio_buttons: object({ ...choices, initial_option: option }, ['options']),
  static_select: object(select),
  external_select: object({ ...select, min_query_length: number(0, 3_000) }),
  users_select: object({ ...picked, initial_user: string(255) }),
  conversations_select: object({ ...picked, initial_conversation: string(255), filter: anything }),
  channels_select: object({ ...picked, initial_channel: string(255) }),
  multi_static_select: object(multi),
  multi_external_select: object({ ...multi, min_query_length: number(0, 3_000) }),
  multi_users_select: object({ ...picked, initial_users: anything, max_selected_items: anything }),
  multi_conversations_select: object({ ...picked, max_selected_items: anything, filter: anything }),
  multi_channels_select: object({ ...picked, max_selected_items: anything }),
  datepicker: object({ ...common, placeholder, initial_date: string(10) }),
  timepicker: object({ ...common, placeholder, initial_time: string(5), timezone: string(100) }),
  datetimepicker: object({ ...common, initial_date_time: anything }),
} as const satisfies Record<string, Rule>

export const inActions = byType({ ...controls, rich_text_input: anything })
export const inSection = byType({ ...controls, image })
export const inContext = byType({
  image,
  plain_text: anyText(3_000),
  mrkdwn: anyText(3_000),
})
const { button: _button, workflow_button: _workflow, overflow: _overflow, ...chosen } = controls
export const inInput = byType({
  ...chosen,
  plain_text_input: object({
    ...typed,
    multiline: boolean,
    min_length: number(0, 3_000),
    max_length: number(1, 3_000),
  }),
  email_text_input: object(typed),
  url_text_input: object(typed),
  number_input: object({
    ...typed,
    is_decimal_allowed: boolean,
    min_value: anything,
    max_value: anything,
  }),
  rich_text_input: anything,
  file_input: object({ ...common, filetypes: anything, max_files: number(1, 10) }),
})
