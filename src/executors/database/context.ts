import type { Executor } from '#ports/executor.ts'
import type { Revisions } from '#ports/store.ts'
import type { DatabaseTarget } from './schema.ts'

/** What the executor works with; handed in by the wiring. */
export interface DatabaseParts {
  /** The address of a database, by the name of its connection; `undefined` where its variable is missing. */
  readonly urlOf: (connection: string) => string | undefined
  readonly revisions: Revisions
  /** A version that was current at least this long counts as having served (policy). */
  readonly servedLongMicros: number
  /** Takes secrets out of a text before it leaves this executor. */
  readonly scrub: (text: string) => string
  /** Whoever stops and starts the services that work on it. */
  readonly executorOf: (kind: string) => Executor | undefined
  /** Throws when this process may not change anything any more. */
  readonly beforeChange?: () => void
  /** How long a tool is waited for at a time, which is never ended by us; ten minutes when absent. */
  readonly waitMs?: number
  /** How long to wait before a change is tried for a second time, longer before each further one; 300 when absent. */
  readonly retryMs?: number
  /** How long others may take to end what they have open in the database; half a minute when absent. */
  readonly quietMs?: number
  /** How long a dump may take before it is ended; two hours when absent. */
  readonly dumpMs?: number
}

/** `MIGRATED_CHECKOUT_URL` for `checkout`. */
export const variableOf = (connection: string): string =>
  `MIGRATED_${connection.toUpperCase().replaceAll('-', '_')}_URL`

export const nameOf = ({ connection }: Pick<DatabaseTarget, 'connection'>): string =>
  `database ${connection}`
