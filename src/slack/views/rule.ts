/** The same shape as Slack's own `blocks.validate` answers with. */
export interface Problem {
  /** JSON pointer to what is wrong. */
  readonly pointer: string
  readonly code:
    | 'too_long'
    | 'too_short'
    | 'too_many'
    | 'too_few'
    | 'missing'
    | 'unknown_property'
    | 'unknown_type'
    | 'wrong_type'
    | 'not_unique'
    | 'not_allowed'
  readonly message: string
}
export type Rule = (value: unknown, pointer: string) => readonly Problem[]

export const problem = (
  pointer: string,
  code: Problem['code'],
  message: string,
): readonly Problem[] => [{ pointer, code, message }]

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A string of `least` to `most` characters. */
export const string =
  (most: number, least = 1): Rule =>
  (value, pointer) => {
    if (typeof value !== 'string') return problem(pointer, 'wrong_type', 'must be a string')
    if (value.length > most)
      return problem(pointer, 'too_long', `${value.length} characters, at most ${most}`)
    return value.length < least
      ? problem(pointer, 'too_short', `${value.length} characters, at least ${least}`)
      : []
  }

export const array =
  (of: Rule, most: number, least = 1): Rule =>
  (value, pointer) => {
    if (!Array.isArray(value)) return problem(pointer, 'wrong_type', 'must be a list')
    const items = value.flatMap((item, index) => of(item, `${pointer}/${index}`))
    if (value.length > most)
      return [...items, ...problem(pointer, 'too_many', `${value.length} items, at most ${most}`)]
    return value.length < least
      ? [...items, ...problem(pointer, 'too_few', `${value.length} items, at least ${least}`)]
      : items
  }

export const among =
  (...allowed: readonly unknown[]): Rule =>
  (value, pointer) =>
    allowed.includes(value)
      ? []
      : problem(pointer, 'not_allowed', `must be one of ${allowed.map(String).join(', ')}`)

export const boolean = among(true, false)

export const number =
  (least: number, most: number): Rule =>
  (value, pointer) =>
    typeof value === 'number' && value >= least && value <= most
      ? []
      : problem(pointer, 'not_allowed', `must be a number from ${least} to ${most}`)

/** Whatever it is: for parts whose limits Slack does not publish. */
export const anything: Rule = () => []

/** An object with these properties and no others; those in `required` must be there. */
export const object =
  (properties: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule =>
  (value, pointer) => {
    if (!isObject(value)) return problem(pointer, 'wrong_type', 'must be an object')
    const missing = required
      .filter((name) => value[name] === undefined)
      .flatMap((name) => problem(`${pointer}/${name}`, 'missing', `${name} is required`))
    const present = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .flatMap(([name, item]) => {
        const rule = Object.hasOwn(properties, name) ? properties[name] : undefined
        return rule
          ? rule(item, `${pointer}/${name}`)
          : problem(`${pointer}/${name}`, 'unknown_property', `${name} is not a known property`)
      })
    return [...missing, ...present]
  }

/** Chooses the rule by `type`. */
export const byType =
  (rules: Readonly<Record<string, Rule>>, others?: Rule): Rule =>
  (value, pointer) => {
    if (!isObject(value)) return problem(pointer, 'wrong_type', 'must be an object')
    const type = String(value['type'])
    const rule = Object.hasOwn(rules, type) ? rules[type] : others
    return rule
      ? rule(value, pointer)
      : problem(`${pointer}/type`, 'unknown_type', `${type} cannot stand here`)
  }

export const all =
  (...rules: readonly Rule[]): Rule =>
  (value, pointer) =>
    rules.flatMap((rule) => rule(value, pointer))
