import type { Verdict } from '#domain/canary/finding.ts'
import type { Severity } from '#domain/incident/severity.ts'
import type { Instant, Micros } from '#domain/time.ts'
import type { Read, Reading, Signal } from './reading.ts'

/** What one rule says, with all that a person needs to check it. */
export interface Finding {
  /** The rule's id: `error-rate-critical`. */
  readonly rule: string
  /** `sign`: it fired, and supports a verdict without making one. */
  readonly state: 'fired' | 'sign' | 'quiet' | 'unknown'
  /** What it makes of it; null unless it fired. */
  readonly severity: Severity | null
  readonly signal: Signal | 'statement' | 'canary' | 'score'
  /** In the signal's unit. */
  readonly measured: number | null
  readonly normal: number | null
  readonly threshold: number | null
  /** What is behind it, requests unless `sampled` says otherwise; null where nothing is counted. */
  readonly samples: number | null
  readonly sampled?: 'instances' | 'readings'
  readonly source: string
  readonly query: string
  readonly window: { readonly from: Instant; readonly to: Instant } | null
  readonly because: string
  readonly wouldChange: string
  /** How long people may take to decide when it fires. */
  readonly decideWithin: Micros | null
}

/** What a verdict of the judge makes a finding. */
export const stateOf = {
  continue: 'quiet',
  wait: 'unknown',
  inconclusive: 'unknown',
  external_factor: 'sign',
  pause_and_ask: 'sign',
  auto_rollback: 'fired',
} as const satisfies Readonly<Record<Verdict, Finding['state']>>

type Own = Pick<Finding, 'rule' | 'because' | 'wouldChange'> &
  Partial<Pick<Finding, 'severity' | 'threshold' | 'decideWithin'>>

/** With everything that the reading says of itself. Ten thousand services are told a dozen of these each: made in one piece. */
export function about(
  { signal, source, query, from, to, answer }: Read,
  state: Finding['state'],
  { rule, severity = null, threshold = null, because, wouldChange, decideWithin = null }: Own,
): Finding {
  const finding: Finding = {
    rule,
    state,
    severity,
    signal,
    measured: answer.value,
    normal: answer.normal === null ? null : answer.normal.value,
    threshold,
    samples: answer.requests ?? answer.instances ?? null,
    source,
    query,
    window: { from, to },
    because,
    wouldChange,
    decideWithin,
  }
  return answer.instances === undefined ? finding : { ...finding, sampled: 'instances' }
}

/** A signal that gave no answer, or none that counts: never good, and said. */
export const unknown = (
  { signal, source, query, from, to }: Reading,
  own: Pick<Finding, 'rule' | 'because' | 'wouldChange'>,
): Finding => ({
  ...own,
  state: 'unknown',
  severity: null,
  signal,
  measured: null,
  normal: null,
  threshold: null,
  samples: null,
  source,
  query,
  window: { from, to },
  decideWithin: null,
})
