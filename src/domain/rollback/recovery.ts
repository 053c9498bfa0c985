import { type NormalOf, normalOfWords } from '#domain/incident/normal.ts'
import type { RollbackPolicy } from './policy.ts'
import type { Check } from './verification.ts'

/** A measurement as the metrics port gives it; only a value can be good. */
export type Seen =
  | {
      readonly kind: 'value'
      readonly value: number
      readonly requests: number | undefined
      /** Of what is normal: the hour it was measured in. */
      readonly of?: NormalOf
    }
  | { readonly kind: 'not_configured' | 'no_data' }
  | { readonly kind: 'unavailable'; readonly why: string }

type Limits = RollbackPolicy['verify']

/** 5xx share below the hard limit and within the tolerance of normal (policy §8). Too little traffic, no data and no normal are `unknown`. */
export function judgeErrorRate(now: Seen, normal: Seen, limits: Limits): Check {
  if (now.kind !== 'value') return unseen('error-rate', '5xx', now)
  const text = `5xx ${percent(now.value)}${normal.kind === 'value' ? ` (normal ${percent(normal.value)}${where(normal)})` : ''}`
  if (now.value >= limits.maxErrorRate) return { id: 'error-rate', result: 'failed', text }
  if (now.requests === undefined)
    return {
      id: 'error-rate',
      result: 'unknown',
      text: `${text}, of how many requests is not known: configure a throughput query`,
      isLasting: true,
    }
  if (now.requests < limits.minRequests)
    return {
      id: 'error-rate',
      result: 'unknown',
      text: `5xx: only ${Math.floor(now.requests)} requests since, too few to tell`,
    }
  if (normal.kind !== 'value')
    return { id: 'error-rate', result: 'unknown', text: `${text}, normal is not known` }
  const allowed = Math.max(normal.value * (1 + limits.tolerance), fewErrors)
  return { id: 'error-rate', result: now.value <= allowed ? 'passed' : 'failed', text }
}

/** P95 within the tolerance of normal (policy §8). */
export function judgeP95(now: Seen, normal: Seen, limits: Limits): Check {
  if (now.kind !== 'value') return unseen('p95', 'P95', now)
  if (normal.kind !== 'value')
    return { id: 'p95', result: 'unknown', text: `P95 ${millis(now.value)}, normal is not known` }
  const text = `P95 ${millis(now.value)} (normal ${millis(normal.value)}${where(normal)})`
  return {
    id: 'p95',
    result: now.value <= normal.value * (1 + limits.tolerance) ? 'passed' : 'failed',
    text,
  }
}

const where = ({ of = 'hour-before' }: Extract<Seen, { kind: 'value' }>): string =>
  normalOfWords[of]

/** Twenty per cent above almost nothing is still almost nothing: shares up to this are not told apart. */
const fewErrors = 0.002

export type Recovery = 'recovered' | 'not_recovered' | 'unverified' | 'not_yet'

/** What a look comes to. `over`: the time in which recovery must show has passed. Unknown is never good (I10). */
export function recoveryOf(checks: readonly Check[], over: boolean): Recovery {
  if (checks.length > 0 && checks.every(({ result }) => result === 'passed')) return 'recovered'
  if (!over) return 'not_yet'
  return checks.some(({ result }) => result === 'failed') ? 'not_recovered' : 'unverified'
}

function unseen(
  id: 'error-rate' | 'p95',
  label: string,
  seen: Exclude<Seen, { kind: 'value' }>,
): Check {
  const check = { id, result: 'unknown', text: `${label}: ${reason(seen)}` } as const
  return seen.kind === 'not_configured' ? { ...check, isLasting: true } : check
}

function reason(seen: Exclude<Seen, { kind: 'value' }>): string {
  switch (seen.kind) {
    case 'not_configured':
      return 'no query is configured'
    case 'no_data':
      return 'the metrics have no data'
    case 'unavailable':
      return `the metrics did not answer (${seen.why})`
  }
}

const percent = (share: number): string => `${trimmed(share * 100)} %`
const millis = (secs: number): string => `${Math.round(secs * 1_000)} ms`
const trimmed = (value: number): string => String(Number(value.toPrecision(2)))
