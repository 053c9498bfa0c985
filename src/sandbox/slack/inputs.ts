import { isWire } from './api/method.ts'
import {
  findElement,
  type Found,
  type Input,
  interactiveIn,
  isFilled,
  stateOf,
  textOf,
} from './elements.ts'
import type { View, Wire } from './model.ts'

/** Slack's `state.values`: block_id → action_id → state. Throws for a name that is nowhere, so that tests cannot fill in thin air. */
export function statesOf(blocks: readonly Wire[], inputs: Readonly<Record<string, Input>>): Wire {
  const given = new Map(
    Object.entries(inputs).map(([name, input]) => {
      const found = findElement(blocks, name)
      if (!found) throw new Error(`nothing here is called "${name}"`)
      return [found.element, input]
    }),
  )
  const values: Record<string, Record<string, unknown>> = {}
  for (const { block, element } of interactiveIn(blocks)) {
    if (element['type'] === 'button' || element['type'] === 'overflow') continue
    const id = String(block['block_id'])
    values[id] = {
      ...values[id],
      [String(element['action_id'])]: stateOf(element, given.get(element)),
    }
  }
  return values
}

/** What was pressed or picked, as one of the payload's `actions`. */
export function actionOf({ block, element }: Found, input: Input, actionTs: string): Wire {
  const type = String(element['type'])
  const base = {
    type,
    action_id: element['action_id'],
    block_id: block['block_id'],
    action_ts: actionTs,
  }
  if (type !== 'button') return { ...base, ...stateOf(element, input) }
  return {
    ...base,
    text: element['text'],
    ...(element['value'] === undefined ? {} : { value: element['value'] }),
    ...(element['style'] === undefined ? {} : { style: element['style'] }),
    ...(element['url'] === undefined ? {} : { url: element['url'] }),
  }
}

/** Labels of required inputs that nobody filled in. */
export function missingInputs(view: View, state: Wire): readonly string[] {
  return view.blocks
    .filter((block) => block['type'] === 'input' && block['optional'] !== true)
    .filter((block) => {
      const values = state[String(block['block_id'])]
      return !isWire(values) || !Object.values(values).filter(isWire).some(isFilled)
    })
    .map((block) => textOf(block['label']))
}
