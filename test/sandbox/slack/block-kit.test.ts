import { describe, expect, test } from 'vitest'
import { charactersIn, faultsInBlocks, faultsInView } from '#sandbox/slack/block-kit.ts'
import { button, section } from './support.ts'

const plain = (text: string) => ({ type: 'plain_text', text })
const actions = (...elements: readonly object[]) => ({ type: 'actions', elements })
const select = (more: object) => ({ type: 'static_select', action_id: 's', ...more })
const options = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ text: plain(`${index}`), value: `${index}` }))
const input = (element: object) => ({ type: 'input', label: plain('Name'), element })
const textInput = (more: object = {}) => ({ type: 'plain_text_input', action_id: 'a', ...more })

/** Each row: what it is, what Slack takes at the limit, what it refuses just beyond. */
const limits: readonly (readonly [string, readonly object[], readonly object[]])[] = [
  ['50 blocks', manyOf(50, section('x')), manyOf(51, section('x'))],
  ['3000 characters in a section', [section('x'.repeat(3_000))], [section('x'.repeat(3_001))]],
  ['a text that is not empty', [section('x')], [section('')]],
  [
    '10 fields',
    [{ type: 'section', fields: manyOf(10, plain('x')) }],
    [{ type: 'section', fields: manyOf(11, plain('x')) }],
  ],
  [
    '2000 characters in a field',
    [{ type: 'section', fields: [plain('x'.repeat(2_000))] }],
    [{ type: 'section', fields: [plain('x'.repeat(2_001))] }],
  ],
  [
    'text or fields in a section',
    [section('x')],
    [{ type: 'section', accessory: button('x', 'y') }],
  ],
  [
    '150 characters in a header',
    [{ type: 'header', text: plain('x'.repeat(150)) }],
    [{ type: 'header', text: plain('x'.repeat(151)) }],
  ],
  [
    'plain text in a header',
    [{ type: 'header', text: plain('x') }],
    [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }],
  ],
  [
    '10 context elements',
    [{ type: 'context', elements: manyOf(10, plain('x')) }],
    [{ type: 'context', elements: manyOf(11, plain('x')) }],
  ],
  [
    '25 actions',
    [actions(...Array.from({ length: 25 }, (_, index) => button('x', `a${index}`)))],
    [actions(...Array.from({ length: 26 }, (_, index) => button('x', `a${index}`)))],
  ],
  [
    '75 characters on a button',
    [actions(button('x'.repeat(75), 'a'))],
    [actions(button('x'.repeat(76), 'a'))],
  ],
  [
    '2000 characters in a value',
    [actions({ ...button('x', 'a'), value: 'x'.repeat(2_000) })],
    [actions({ ...button('x', 'a'), value: 'x'.repeat(2_001) })],
  ],
  [
    'known properties only',
    [actions({ ...button('x', 'a'), style: 'danger' })],
    [actions({ ...button('x', 'a'), disabled: true })],
  ],
  [
    'known styles only',
    [actions({ ...button('x', 'a'), style: 'primary' })],
    [actions({ ...button('x', 'a'), style: 'default' })],
  ],
  [
    'an action_id once a block',
    [actions(button('x', 'a')), actions(button('x', 'a'))],
    [actions(button('x', 'a'), button('y', 'a'))],
  ],
  [
    'a block_id once a message',
    [
      { ...section('x'), block_id: 'a' },
      { ...section('x'), block_id: 'b' },
    ],
    [
      { ...section('x'), block_id: 'a' },
      { ...section('x'), block_id: 'a' },
    ],
  ],
  [
    '100 options',
    [actions(select({ options: options(100) }))],
    [actions(select({ options: options(101) }))],
  ],
  [
    'options or groups',
    [actions(select({ option_groups: [{ label: plain('g'), options: options(2) }] }))],
    [actions(select({}))],
  ],
  [
    '5 overflow options',
    [actions({ type: 'overflow', action_id: 'o', options: options(5) })],
    [actions({ type: 'overflow', action_id: 'o', options: options(6) })],
  ],
  [
    '10 radio buttons',
    [actions({ type: 'radio_buttons', action_id: 'r', options: options(10) })],
    [actions({ type: 'radio_buttons', action_id: 'r', options: options(11) })],
  ],
  [
    'a whole confirm dialog',
    [
      actions({
        ...button('x', 'a'),
        confirm: {
          title: plain('x'.repeat(100)),
          text: plain('x'.repeat(300)),
          confirm: plain('x'.repeat(30)),
          deny: plain('x'.repeat(30)),
        },
      }),
    ],
    [
      actions({
        ...button('x', 'a'),
        confirm: {
          title: plain('x'),
          text: plain('x'),
          confirm: plain('x'.repeat(31)),
          deny: plain('x'),
        },
      }),
    ],
  ],
  [
    '20 cells a row of a table',
    [{ type: 'table', rows: [manyOf(20, { type: 'raw_text', text: 'x' })] }],
    [{ type: 'table', rows: [manyOf(21, { type: 'raw_text', text: 'x' })] }],
  ],
  [
    'one table a message',
    [{ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] }],
    manyOf(2, { type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] }),
  ],
  [
    'markdown up to 12000 characters together',
    [{ type: 'markdown', text: 'x'.repeat(12_000) }],
    manyOf(2, { type: 'markdown', text: 'x'.repeat(6_001) }),
  ],
  [
    'one source a picture',
    [{ type: 'image', alt_text: 'x', slack_file: { id: 'F1' } }],
    [{ type: 'image', alt_text: 'x' }],
  ],
  ['blocks it knows', [{ type: 'divider' }], [{ type: 'alert', text: plain('x') }]],
]

function manyOf<Item extends object>(count: number, item: Item): readonly Item[] {
  return Array.from({ length: count }, () => item)
}

describe('Block Kit as the pretend Slack takes it', () => {
  test.each(limits)('%s: taken at the limit, refused beyond it', (_what, taken, refused) => {
    expect(faultsInBlocks(taken, 'message')).toEqual([])
    expect(faultsInBlocks(refused, 'message')).not.toEqual([])
  })

  test('a fault points at its place', () => {
    const [fault] = faultsInBlocks([section('fine'), section('x'.repeat(3_001))], 'message')

    expect(fault).toMatchObject({ pointer: '/blocks/1/text/text', code: 'too_big' })
  })

  test('a modal takes 100 blocks, a title of 24 characters, and a submit button when it asks for something', () => {
    const modal = (more: object) => ({
      type: 'modal',
      title: plain('x'.repeat(24)),
      blocks: manyOf(100, section('x')),
      ...more,
    })

    expect(faultsInView(modal({}))).toEqual([])
    expect(faultsInView(modal({ blocks: manyOf(101, section('x')) }))).not.toEqual([])
    expect(faultsInView(modal({ title: plain('x'.repeat(25)) }))).not.toEqual([])
    expect(faultsInView(modal({ private_metadata: 'x'.repeat(3_001) }))).not.toEqual([])
    expect(faultsInView(modal({ blocks: [input(textInput())] }))).toMatchObject([
      { pointer: '/view/submit' },
    ])
    expect(faultsInView(modal({ blocks: [input(textInput())], submit: plain('Ask') }))).toEqual([])
    expect(
      faultsInView(
        modal({ blocks: [input(textInput({ max_length: 3_001 }))], submit: plain('Ask') }),
      ),
    ).not.toEqual([])
  })

  test('characters are counted wherever people read them', () => {
    expect(charactersIn([section('12345'), actions(button('678', 'a'))])).toBe(8)
  })
})
