import {
  anyText,
  button,
  image,
  inActions,
  inContext,
  inInput,
  inSection,
  plainText,
} from './element-rules.ts'
import {
  all,
  anything,
  array,
  boolean,
  byType,
  isObject,
  number,
  object,
  type Problem,
  problem,
  type Rule,
  string,
} from './rule.ts'

export type { Problem } from './rule.ts'

/** Everything Slack would refuse a message for, as far as it is known; empty when it can be posted and edited. */
export function validateMessage(message: {
  readonly text: string
  readonly blocks: readonly unknown[]
}): readonly Problem[] {
  return [
    ...string(4_000)(message.text, '/text'),
    ...array(inMessage, 50, 0)(message.blocks, '/blocks'),
    ...unique(message.blocks, 'block_id', '/blocks'),
    ...atMost(message.blocks, 'table', 1),
    ...weight(message.blocks),
  ]
}

export function validateModal(view: object): readonly Problem[] {
  const problems = modal(view, '')
  const blocks = 'blocks' in view && Array.isArray(view.blocks) ? view.blocks : []
  const needsSubmit = blocks.some((block) => isObject(block) && block['type'] === 'input')
  return [
    ...problems,
    ...unique(blocks, 'block_id', '/blocks'),
    ...(needsSubmit && !('submit' in view)
      ? problem('/submit', 'missing', 'a modal with an input needs a submit button')
      : []),
    ...(JSON.stringify(view).length > 250_000
      ? problem('', 'too_long', 'a view may have 250 KB at most')
      : []),
  ]
}

const block_id = string(255)
const type = anything
const block = (properties: Readonly<Record<string, Rule>>, required: readonly string[]): Rule =>
  object({ type, block_id, ...properties }, required)

/** `action_id` is unique within its block. */
const distinctActions: Rule = (value, pointer) =>
  isObject(value) && Array.isArray(value['elements'])
    ? unique(value['elements'], 'action_id', `${pointer}/elements`)
    : []
const eitherTextOrFields: Rule = (value, pointer) =>
  isObject(value) && value['text'] === undefined && value['fields'] === undefined
    ? problem(pointer, 'missing', 'a section needs text or fields')
    : []
const somethingToShow: Rule = (value, pointer) =>
  isObject(value) &&
  ['hero_image', 'title', 'actions', 'body'].every((part) => value[part] === undefined)
    ? problem(pointer, 'missing', 'a card needs a picture, a title, a body or actions')
    : []

const card = all(
  block(
    {
      hero_image: image,
      icon: image,
      title: anyText(150),
      subtitle: anyText(150),
      body: anyText(200),
      actions: array(button, 25),
    },
    [],
  ),
  somethingToShow,
)

/** Blocks that have the same limits everywhere. */
const everywhere = {
  actions: all(block({ elements: array(inActions, 25) }, ['elements']), distinctActions),
  context: block({ elements: array(inContext, 10) }, ['elements']),
  context_actions: all(block({ elements: array(anything, 5) }, ['elements']), distinctActions),
  divider: block({}, []),
  header: block({ text: plainText(150), level: number(1, 4) }, ['text']),
  image: block(
    {
      image_url: string(3_000),
      slack_file: anything,
      alt_text: string(2_000),
      title: plainText(2_000),
    },
    ['alt_text'],
  ),
  section: all(
    block(
      {
        text: anyText(3_000),
        fields: array(anyText(2_000), 10),
        accessory: inSection,
        expand: boolean,
      },
      [],
    ),
    eitherTextOrFields,
  ),
  rich_text: block({ elements: array(anything, 100) }, ['elements']),
  markdown: block({ text: string(12_000) }, ['text']),
  input: block(
    {
      label: plainText(2_000),
      hint: plainText(2_000),
      element: inInput,
      optional: boolean,
      dispatch_action: boolean,
    },
    ['label', 'element'],
  ),
} as const satisfies Record<string, Rule>

const inMessage = byType({
  ...everywhere,
  file: block({ external_id: string(255), source: string(50) }, ['external_id', 'source']),
  table: block({ rows: array(array(anything, 20), 100), column_settings: array(anything, 20) }, [
    'rows',
  ]),
  data_table: block(
    {
      rows: array(array(anything, 20), 101, 2),
      caption: anything,
      page_size: number(1, 100),
    },
    ['rows', 'caption'],
  ),
  card,
  carousel: block({ elements: array(card, 10) }, ['elements']),
})

const modal = object(
  {
    type,
    title: plainText(24),
    submit: plainText(24),
    close: plainText(24),
    callback_id: string(255),
    external_id: string(255),
    private_metadata: string(3_000, 0),
    clear_on_close: boolean,
    notify_on_close: boolean,
    blocks: array(byType({ ...everywhere, alert: anything }), 100),
  },
  ['title', 'blocks'],
)

function unique(items: readonly unknown[], property: string, pointer: string): readonly Problem[] {
  const seen = new Set<unknown>()
  return items.flatMap((item, index) => {
    const value = isObject(item) ? item[property] : undefined
    if (value === undefined) return []
    if (seen.has(value))
      return problem(`${pointer}/${index}/${property}`, 'not_unique', `${property} is used twice`)
    seen.add(value)
    return []
  })
}

function atMost(blocks: readonly unknown[], wanted: string, most: number): readonly Problem[] {
  const found = blocks.filter((item) => isObject(item) && item['type'] === wanted).length
  return found > most
    ? problem('/blocks', 'too_many', `${found} ${wanted} blocks, at most ${most}`)
    : []
}

/** Slack answers `msg_blocks_too_long` near 13,200 characters; the limit is not documented. */
function weight(blocks: readonly unknown[]): readonly Problem[] {
  const size = JSON.stringify(blocks).length
  return size > 12_000
    ? problem('/blocks', 'too_long', `${size} characters of blocks, at most 12000`)
    : []
}
