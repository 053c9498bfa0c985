import { type Catalogue, nearestNames } from '#domain/catalogue.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { ServiceId } from '#domain/ids.ts'
import { type Alert, type AlertSource, sourceNames } from './alert.ts'

/** A row of the configuration: which alerts it is for, and whose they are. The first one that fits decides. */
export interface AlertRule {
  /** As people find it in the file: its own name, else its place. */
  readonly name: string
  /** Of any source when empty. */
  readonly sources: readonly AlertSource[]
  /** Every label must be there and look so; `*` stands for any characters. */
  readonly match: Readonly<Record<string, string>>
  /** The service itself, or the label whose value is exactly a service's name; nobody's where it is ignored. */
  readonly service: { readonly name: ServiceId } | { readonly label: string } | null
  /** Instead of what the source says. */
  readonly severity: Severity | null
  readonly effect: 'open' | 'suggest' | 'ignore'
}

export type Mapping =
  | {
      readonly kind: 'mapped'
      readonly rule: AlertRule
      readonly service: ServiceId
      readonly severity: Severity | null
      readonly effect: 'open' | 'suggest'
    }
  | { readonly kind: 'ignored'; readonly rule: AlertRule }
  /** Why each rule does not take it, in the order of the file. */
  | { readonly kind: 'unmapped'; readonly because: readonly string[] }

/** Whose alert it is. A name that is only nearly a service's is nobody's (threat T065). */
export function mappingOf(
  rules: readonly AlertRule[],
  catalogue: Catalogue,
  alert: Alert,
): Mapping {
  const because: string[] = []
  for (const rule of rules) {
    const why = misfit(rule, alert)
    if (why !== undefined) {
      because.push(`${rule.name}: ${why}`)
      continue
    }
    if (rule.effect === 'ignore' || rule.service === null) return { kind: 'ignored', rule }
    const { service: from } = rule
    const named = 'name' in from ? from.name : (alert.labels[from.label] ?? '')
    const service = catalogue.get(named)
    if (service)
      return {
        kind: 'mapped',
        rule,
        service: service.id,
        severity: rule.severity ?? alert.severity,
        effect: rule.effect,
      }
    because.push(`${rule.name}: ${noService(from, named, catalogue)}`)
  }
  return { kind: 'unmapped', because }
}

/** Why the rule is not for this alert; `undefined` when it is. */
function misfit(
  { sources, match }: AlertRule,
  { source, labels, name }: Alert,
): string | undefined {
  if (sources.length > 0 && !sources.includes(source))
    return `is for ${sources.map((one) => sourceNames[one]).join(', ')}`
  for (const [label, wanted] of Object.entries(match)) {
    const found = label === 'name' ? name : labels[label]
    if (found === undefined) return `there is no label ${label}`
    if (!fits(found, wanted)) return `${label} is ${shown(found)}, not ${shown(wanted)}`
  }
  return undefined
}

function noService(
  from: Exclude<AlertRule['service'], null>,
  named: string,
  catalogue: Catalogue,
): string {
  if (!('label' in from)) return `there is no service ${named}`
  if (named === '') return `there is no label ${from.label}`
  const [near] = nearestNames(catalogue, named)
  const hint = near === undefined ? '' : ` (${near} is one)`
  return `${from.label} is ${shown(named)}, which is no service${hint}`
}

/** `checkout-*` against `checkout-7f3`. Looks at each character a bounded number of times, whatever was written (threat T079). */
export function fits(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return text === pattern
  if (!text.startsWith(first)) return false
  let from = first.length
  for (const piece of rest) {
    const found = text.indexOf(piece, from)
    if (found < 0) return false
    from = found + piece.length
  }
  return text.length - last.length >= from && text.endsWith(last)
}

const shown = (text: string): string => `“${text.slice(0, 80)}”`
