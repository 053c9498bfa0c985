import type { ServiceId } from '#domain/ids.ts'

/** One thing that was looked at after a rollback. `unknown` is never good (invariant I10). */
export interface Check {
  readonly id:
    | 'units'
    | 'endpoints'
    | 'serving'
    | 'sync'
    | 'health'
    | 'dependents'
    | 'error-rate'
    | 'p95'
    | 'throughput'
    | 'restarts'
    | 'schema'
    | 'backup'
  readonly result: 'passed' | 'failed' | 'unknown'
  /** With its value, unit and comparison: `5xx 0.09 % (normal 0.1 %)`. */
  readonly text: string
  /** Unknown for want of configuration: looking again will not help. */
  readonly isLasting?: true
}

/** A service that was taken out of the configuration: nobody knows any more how to look whether it is well. */
export const noLongerConfigured = (service: ServiceId): readonly Check[] => [
  {
    id: 'serving',
    result: 'unknown',
    text: `${service} is no longer configured: nothing can be measured any more`,
    isLasting: true,
  },
]
