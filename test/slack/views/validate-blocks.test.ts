import type { ActionsBlock } from '@slack/types'
import { describe, expect, test } from 'vitest'
import { fit, validateMessage, validateModal } from '#slack/views/index.ts'
import { clipMarkup, fitModal, marker } from '#slack/views/fit.ts'

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true }) as const
const plain = (text: string) => ({ type: 'plain_text', text }) as const
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) }) as const
const button = (more: object = {}) => ({
  type: 'button',
  action_id: 'a',
  text: plain('Go'),
  ...more,
})
const actions = (...elements: readonly object[]) => ({ type: 'actions', elements })
const input = (element: object) => ({ type: 'input', block_id: 'i', label: plain('Why'), element })
const x = (count: number): string => 'x'.repeat(count)
const codes = (...blocks: readonly object[]): readonly string[] =>
  validateMessage({ text: 'x', blocks }).map(({ pointer, code }) => `${pointer} ${code}`)

describe('limits of a message', () => {
  test.each([
    ['a section of 3001 characters', section(x(3_001)), '/blocks/0/text/text too_long'],
    ['an empty section', section(''), '/blocks/0/text/text too_short'],
    ['a section without text or fields', { type: 'section' }, '/blocks/0 missing'],
    [
      'eleven fields',
      { type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn('x')) },
      '/blocks/0/fields too_many',
    ],
    [
      'a field of 2001 characters',
      { type: 'section', fields: [mrkdwn(x(2_001))] },
      '/blocks/0/fields/0/text too_long',
    ],
    [
      'a header of 151 characters',
      { type: 'header', text: plain(x(151)) },
      '/blocks/0/text/text too_long',
    ],
    [
      'a header in mrkdwn',
      { type: 'header', text: mrkdwn('x') },
      '/blocks/0/text/type unknown_type',
    ],
    [
      'eleven context elements',
      { type: 'context', elements: Array.from({ length: 11 }, () => mrkdwn('x')) },
      '/blocks/0/elements too_many',
    ],
    [
      '26 buttons',
      actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: String(index) }))),
      '/blocks/0/elements too_many',
    ],
    [
      'one action_id twice',
      actions(button(), button()),
      '/blocks/0/elements/1/action_id not_unique',
    ],
    [
      'a button text of 76 characters',
      actions(button({ text: plain(x(76)) })),
      '/blocks/0/elements/0/text/text too_long',
    ],
    [
      'a button value of 2001 characters',
      actions(button({ value: x(2_001) })),
      '/blocks/0/elements/0/value too_long',
    ],
    [
      'a button that is disabled',
      actions(button({ disabled: true })),
      '/blocks/0/elements/0/disabled unknown_property',
    ],
    [
      'a button in green',
      actions(button({ style: 'green' })),
      '/blocks/0/elements/0/style not_allowed',
    ],
    [
      'a dialog text of 301 characters',
      actions(button({ confirm: { text: mrkdwn(x(301)) } })),
      '/blocks/0/elements/0/confirm/text/text too_long',
    ],
    [
      'a dialog button of 31 characters',
      actions(button({ confirm: { text: mrkdwn('x'), deny: plain(x(31)) } })),
      '/blocks/0/elements/0/confirm/deny/text too_long',
    ],
    [
      'six overflow options',
      actions({
        type: 'overflow',
        action_id: 'o',
        options: Array.from({ length: 6 }, () => ({ text: plain('x'), value: 'x' })),
      }),
      '/blocks/0/elements/0/options too_many',
    ],
    [
      'an option value of 76 characters',
      actions({
        type: 'static_select',
        action_id: 's',
        options: [{ text: plain('x'), value: x(76) }],
      }),
      '/blocks/0/elements/0/options/0/value too_long',
    ],
    [
      '101 options',
      actions({
        type: 'static_select',
        action_id: 's',
        options: Array.from({ length: 101 }, () => ({ text: plain('x'), value: 'x' })),
      }),
      '/blocks/0/elements/0/options too_many',
    ],
    ['an unknown block', { type: 'hologram' }, '/blocks/0/type unknown_type'],
    ['an alert in a message', { type: 'alert', text: plain('x') }, '/blocks/0/type unknown_type'],
    [
      'an unknown property',
      { ...section('x'), colour: 'red' },
      '/blocks/0/colour unknown_property',
    ],
    [
      'a block_id of 256 characters',
      { ...section('x'), block_id: x(256) },
      '/blocks/0/block_id too_long',
    ],
  ])('%s is refused', (_, block, found) => {
    expect(codes(block)).toContain(found)
  })

  test('a message keeps 50 blocks, one use of each block_id, and 12,000 characters in all', () => {
    expect(codes(...Array.from({ length: 51 }, () => section('x')))).toContain('/blocks too_many')
    expect(codes({ ...section('x'), block_id: 'b' }, { ...section('x'), block_id: 'b' })).toContain(
      '/blocks/1/block_id not_unique',
    )
    expect(codes(...Array.from({ length: 5 }, () => section(x(2_900))))).toContain(
      '/blocks too_long',
    )
  })

  test('the text of a message has 1 to 4000 characters', () => {
    expect(validateMessage({ text: '', blocks: [] })).not.toEqual([])
    expect(validateMessage({ text: x(4_001), blocks: [] })).not.toEqual([])
    expect(validateMessage({ text: x(4_000), blocks: [] })).toEqual([])
  })

  test('what is within the limits is accepted', () => {
    expect(
      codes(section(x(3_000)), actions(button({ value: x(2_000), style: 'danger' })), {
        type: 'divider',
      }),
    ).toEqual([])
  })
})

describe('limits of a modal', () => {
  const modal = {
    type: 'modal',
    title: plain('Title'),
    submit: plain('Go'),
    blocks: [input({ type: 'plain_text_input', action_id: 'p' })],
  }

  test('a modal with an input and a submit button is accepted', () => {
    expect(validateModal(modal)).toEqual([])
  })

  test.each([
    ['a title of 25 characters', { ...modal, title: plain(x(25)) }, '/title/text'],
    ['metadata of 3001 characters', { ...modal, private_metadata: x(3_001) }, '/private_metadata'],
    ['no blocks', { ...modal, blocks: [] }, '/blocks'],
    [
      '101 blocks',
      { ...modal, blocks: Array.from({ length: 101 }, () => section('x')) },
      '/blocks',
    ],
    [
      'an input without submit',
      { type: 'modal', title: plain('x'), blocks: modal.blocks },
      '/submit',
    ],
    ['a button as an input', { ...modal, blocks: [input(button())] }, '/blocks/0/element/type'],
    [
      'a minimum of 3001 characters',
      {
        ...modal,
        blocks: [input({ type: 'plain_text_input', action_id: 'p', min_length: 3_001 })],
      },
      '/blocks/0/element/min_length',
    ],
  ])('%s is refused', (_, view, pointer) => {
    expect(validateModal(view).map((problem) => problem.pointer)).toContain(pointer)
  })
})

describe('fitting', () => {
  test('a text that is too long is cut and says so', () => {
    const { blocks } = fit({ text: 'x', blocks: [section(x(40_000))] })

    expect(JSON.stringify(blocks)).toContain(marker)
    expect(validateMessage({ text: 'x', blocks })).toEqual([])
  })

  test('of too many blocks the last sections go, the header and the buttons stay', () => {
    const header = { type: 'header', text: plain('The one thing that matters') } as const
    const many = Array.from({ length: 60 }, (_, index) => section(`line ${index}`))
    const press: ActionsBlock = {
      type: 'actions',
      elements: [{ type: 'button', action_id: 'a', text: plain('Go') }],
    }

    const { blocks } = fit({ text: 'x', blocks: [header, ...many, press] })

    expect(blocks.length).toBeLessThanOrEqual(50)
    expect(blocks[0]).toEqual(header)
    expect(blocks.at(-1)).toEqual(press)
    expect(JSON.stringify(blocks)).toContain(marker)
    expect(JSON.stringify(blocks)).not.toContain('line 59')
  })

  test('what Slack would refuse and nothing can mend falls back to plain text', () => {
    const broken = { type: 'section', text: { type: 'mrkdwn', text: '' } } as const

    expect(fit({ text: 'it still says this', blocks: [broken] })).toEqual({
      text: 'it still says this',
      blocks: [],
    })
  })

  test('T070 a form beyond 250 KB loses what is only to be read, from its end, and keeps what is asked', () => {
    const asked = {
      type: 'input',
      block_id: 'i',
      label: plain('Why'),
      element: { type: 'plain_text_input', action_id: 'i' },
    } as const
    const long = Array.from({ length: 98 }, (_, index) => section(`${index} ${'"'.repeat(2_900)}`))

    const view = fitModal({
      type: 'modal',
      callback_id: 'c',
      title: plain('Long'),
      submit: plain('Go'),
      blocks: [section('first'), ...long, asked],
    })

    expect(validateModal(view)).toEqual([])
    expect(view.blocks[0]).toEqual(section('first'))
    expect(view.blocks).toContainEqual(asked)
    expect(JSON.stringify(view.blocks.at(-1))).toContain(marker)
  })

  test('cutting leaves no half mention, half entity or open code span', () => {
    const cutAt = (text: string, room: number): string => clipMarkup(text, marker.length + room)

    expect(cutAt(`abc <@U0ONCALL1> ${x(90)}`, 12)).toBe(`abc${marker}`)
    expect(cutAt(`abcdef &amp; ${x(90)}`, 12)).toBe(`abcdef${marker}`)
    expect(cutAt(`abc \`code code\` ${x(90)}`, 14)).toMatch(/^abc `[^`]*`… \(shortened/)
  })
})
