import { isWire } from './api/method.ts'
import type { Wire } from './model.ts'

export interface Found {
  readonly block: Wire
  readonly element: Wire
}

/** Everything in these blocks that people can press, pick or fill in. */
export function interactiveIn(blocks: readonly Wire[]): readonly Found[] {
  return blocks.flatMap((block) => {
    const several = Array.isArray(block['elements']) ? block['elements'] : []
    return [...several, block['accessory'], block['element']]
      .filter(isWire)
      .filter((element) => typeof element['action_id'] === 'string')
      .map((element) => ({ block, element }))
  })
}

/** By `block_id/action_id`, by either alone, by the label of an input or the text on a button. */
export function findElement(blocks: readonly Wire[], wanted: string): Found | undefined {
  const all = interactiveIn(blocks)
  return (
    all.find(
      ({ block, element }) =>
        `${String(block['block_id'])}/${String(element['action_id'])}` === wanted,
    ) ??
    all.find(({ element }) => element['action_id'] === wanted) ??
    all.find(({ block }) => block['block_id'] === wanted) ??
    all.find(({ element }) => textOf(element['text']) === wanted) ??
    all.find(({ block }) => textOf(block['label']) === wanted)
  )
}

export const textOf = (value: unknown): string =>
  isWire(value) && typeof value['text'] === 'string' ? value['text'] : ''

/** Options of a select, groups flattened. */
export function optionsOf(element: Wire): readonly Wire[] {
  const groups = Array.isArray(element['option_groups']) ? element['option_groups'] : []
  const lists = [element['options'], ...groups.filter(isWire).map((group) => group['options'])]
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isWire) : []))
}

/** What somebody chose or typed: option values (or option objects), text, or epoch seconds. */
export type Input = string | number | readonly string[] | Wire | undefined

/** The state Slack sends for an element after somebody chose `input`; without one, what it started with. */
export function stateOf(element: Wire, input: Input): Wire {
  const type = String(element['type'])
  const pick = (wanted: unknown): Wire | null =>
    isWire(wanted)
      ? wanted
      : (optionsOf(element).find(
          (option) => option['value'] === wanted || textOf(option['text']) === wanted,
        ) ?? null)
  switch (type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
    case 'overflow':
      return {
        type,
        selected_option: input === undefined ? (element['initial_option'] ?? null) : pick(input),
      }
    case 'multi_static_select':
    case 'checkboxes':
      return {
        type,
        selected_options:
          input === undefined
            ? (element['initial_options'] ?? [])
            : (Array.isArray(input) ? input : [input]).map(pick).filter((one) => one !== null),
      }
    case 'users_select':
      return { type, selected_user: input ?? element['initial_user'] ?? null }
    case 'multi_users_select':
      return { type, selected_users: input ?? element['initial_users'] ?? [] }
    case 'channels_select':
      return { type, selected_channel: input ?? element['initial_channel'] ?? null }
    case 'datepicker':
      return { type, selected_date: input ?? element['initial_date'] ?? null }
    case 'timepicker':
      return { type, selected_time: input ?? element['initial_time'] ?? null }
    case 'datetimepicker': {
      const seconds = input === undefined ? element['initial_date_time'] : Number(input)
      return { type, selected_date_time: seconds ?? null }
    }
    default:
      return { type, value: input === '' ? null : (input ?? element['initial_value'] ?? null) }
  }
}

/** Whether somebody has chosen or typed anything. */
export const isFilled = (state: Wire): boolean =>
  Object.entries(state).some(
    ([key, value]) =>
      key !== 'type' && value !== null && !(Array.isArray(value) && value.length === 0),
  )
