import { isAbsolute } from 'node:path'
import { defineExecutor } from '#executors/define-executor.ts'
import type { Executor } from '#ports/executor.ts'
import { apply } from './apply.ts'
import { candidates } from './candidates.ts'
import { changedSince } from './changed-since.ts'
import { type DatabaseParts, variableOf } from './context.ts'
import { evidence } from './evidence.ts'
import { examine } from './examine.ts'
import { looksInOrder, observe } from './observe.ts'
import { progress } from './progress.ts'
import { route } from './route.ts'
import { DatabaseChange, DatabaseTarget } from './schema.ts'
import { verify } from './verify.ts'

/** Schemas of PostgreSQL that dbmate, golang-migrate or somebody's own command moves up and down. */
export function database(parts: DatabaseParts): Executor {
  const order = looksInOrder()
  return defineExecutor({
    kind: 'database',
    Spec: DatabaseTarget,
    Change: DatabaseChange,
    problems: ({ backups }) =>
      isAbsolute(backups) ? [] : [`backups: ${backups} must be a whole path`],
    observe: (target, signal) => observe(parts, order, target, signal),
    route: (target, observed, to, operation, signal) =>
      route(parts, target, observed, to, operation, signal),
    changedSince: (plan, signal) => changedSince(parts, plan, signal),
    apply: (change, operation, signal) => apply(parts, change, operation, signal),
    progress: (change, signal) => progress(parts, change, signal),
    verify: (target, to, signal) => verify(parts, target, to, signal),
    evidence: (target, _bad, signal) => evidence(parts, target, signal),
    candidates: (target, observed) => candidates(parts, target, observed),
    examine: (target, signal) => examine(parts, target, signal),
    lookCommand: ({ spec: { connection } }) =>
      `psql "$${variableOf(connection)}" --command 'TABLE schema_migrations'`,
  })
}
