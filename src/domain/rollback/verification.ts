/** One thing that was looked at after a rollback. `unknown` is never good (invariant I10). */
export interface Check {
  readonly id:
    | 'units'
    | 'endpoints'
    | 'serving'
    | 'health'
    | 'dependents'
    | 'error-rate'
    | 'p95'
    | 'throughput'
    | 'restarts'
  readonly result: 'passed' | 'failed' | 'unknown'
  /** With its value, unit and comparison: `5xx 0.09 % (normal 0.1 %)`. */
  readonly text: string
  /** Unknown for want of configuration: looking again will not help. */
  readonly isLasting?: true
}
