import { badRequest } from './api-error.ts'
import type { KubeObject, Labels, Selector } from './objects.ts'

export type Matches = (object: KubeObject) => boolean

/** `a=b,c!=d,e in (f,g),h,!i`; anything else is a 400, as the real server answers. */
export function labelSelector(text: string): Matches {
  const requirements = text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(requirement)
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? {}))
}

function requirement(text: string): (labels: Labels) => boolean {
  const set = /^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return (labels) => values.includes(labels[key] ?? '\u0000') === (operator === 'in')
  }
  const equality = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/.exec(text)
  if (equality) {
    const [, key = '', operator, value] = equality
    return (labels) => (labels[key] === value) === (operator !== '!=')
  }
  const existence = /^(!?)([\w./-]+)$/.exec(text)
  if (existence) {
    const [, not, key = ''] = existence
    return (labels) => key in labels === (not === '')
  }
  throw badRequest(`unable to parse requirement: found '${text}', expected: identifier`)
}

/** `metadata.name=checkout,status.phase!=Running`. */
export function fieldSelector(text: string): Matches {
  const requirements = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [, path, operator, value] = /^([\w.]+)(==|=|!=)(.*)$/.exec(part) ?? []
      if (path === undefined) throw badRequest(`invalid field selector: ${part}`)
      return (object: KubeObject) => (fieldAt(object, path) === value) === (operator !== '!=')
    })
  return (object) => requirements.every((holds) => holds(object))
}

function fieldAt(object: unknown, path: string): string | undefined {
  let at: unknown = object
  for (const name of path.split('.')) {
    if (at === null || typeof at !== 'object') return undefined
    at = Object.getOwnPropertyDescriptor(at, name)?.value
  }
  return at === undefined || at === null || typeof at === 'object'
    ? undefined
    : `${at as string | number | boolean}`
}

export const isSelected = (selector: Selector, labels: Labels | undefined): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value)
