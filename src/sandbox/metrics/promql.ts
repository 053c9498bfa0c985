/** The part of PromQL that is understood: `name{label="v"}` and `avg_over_time(name{…}[5m])` with its sisters. */
export type Expression =
  | { readonly kind: 'selector'; readonly selector: Selector }
  | {
      readonly kind: 'over-time'
      readonly how: OverTime
      readonly selector: Selector
      readonly windowMs: number
    }
  | { readonly kind: 'number'; readonly value: number }

export interface Selector {
  readonly name: string
  readonly matches: (labels: Readonly<Record<string, string>>) => boolean
}

export const overTime = {
  avg_over_time: (values) => sum(values) / values.length,
  sum_over_time: (values) => sum(values),
  min_over_time: (values) => Math.min(...values),
  max_over_time: (values) => Math.max(...values),
  count_over_time: (values) => values.length,
  last_over_time: (values) => values.at(-1) ?? Number.NaN,
} as const satisfies Readonly<Record<string, (values: readonly number[]) => number>>
export type OverTime = keyof typeof overTime

/** What the real one answers with 400 and `bad_data`. */
export class BadQuery extends Error {
  override readonly name = 'BadQuery'
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function parseQuery(text: string): Expression {
  const query = text.trim()
  if (query === '')
    throw new BadQuery(
      'invalid parameter "query": unknown position: parse error: no expression found in input',
    )
  if (/^[+-]?\d+(\.\d+)?$/.test(query)) return { kind: 'number', value: Number(query) }
  const [, how, inner, window] = /^(\w+)\((.+)\[([^\]]*)\]\s*\)$/s.exec(query) ?? []
  if (how !== undefined && inner !== undefined && window !== undefined) {
    if (!isOverTime(how))
      throw bad(1, `unknown function with name "${how}" (the sandbox knows few)`)
    return {
      kind: 'over-time',
      how,
      selector: selector(inner.trim(), how.length + 1),
      windowMs: duration(window),
    }
  }
  return { kind: 'selector', selector: selector(query, 0) }
}

const isOverTime = (name: string): name is OverTime => Object.hasOwn(overTime, name)

const bad = (column: number, why: string): BadQuery =>
  new BadQuery(`invalid parameter "query": 1:${column}: parse error: ${why}`)

function selector(text: string, offset: number): Selector {
  const [, name = '', , inner] = /^([a-zA-Z_:][\w:]*)(\{(.*)\})?$/s.exec(text) ?? []
  if (name === '') throw bad(offset + 1, `unexpected ${JSON.stringify(text.slice(0, 20))}`)
  const matchers = (inner ?? '').trim() === '' ? [] : splitMatchers(inner ?? '', offset)
  return { name, matches: (labels) => matchers.every((matches) => matches(labels)) }
}

function splitMatchers(
  text: string,
  offset: number,
): ((labels: Readonly<Record<string, string>>) => boolean)[] {
  const found = [
    ...text.matchAll(/\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(,|$)/gy),
  ]
  const read = found.reduce((length, [whole]) => length + whole.length, 0)
  if (read !== text.length) throw bad(offset + 1, 'unexpected characters inside braces')
  return found.map(([, label = '', operator = '', quoted = '']) => {
    const value = JSON.parse(`"${quoted}"`) as string
    return matcher(label, operator, value)
  })
}

function matcher(label: string, operator: string, value: string) {
  const holds = operator.endsWith('~')
    ? (text: string) => pattern(value).test(text)
    : (text: string) => text === value
  const isNegated = operator.startsWith('!')
  return (labels: Readonly<Record<string, string>>) => holds(labels[label] ?? '') !== isNegated
}

/** Anchored on both sides, as in Prometheus. */
function pattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`)
  } catch {
    throw bad(1, `error parsing regexp: ${text}`)
  }
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** `90s`, `1h30m`: milliseconds. */
export function duration(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h|d|w)/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text)
    throw bad(1, `not a valid duration string: "${text}"`)
  const total = parts.reduce(
    (ms, [, count = '0', unit = 's']) => ms + Number(count) * (unitMs[unit] ?? 0),
    0,
  )
  if (total === 0) throw bad(1, 'duration must be greater than 0')
  return total
}
