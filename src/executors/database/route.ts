import { closedRoute } from '#executors/closed.ts'
import { join } from 'node:path'
import { count } from '#domain/communication/words.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Blocker, Step, Warning } from '#domain/rollback/plan.ts'
import { type Micros, seconds } from '#domain/time.ts'
import type { Checked } from '#executors/define-executor.ts'
import { type Observed, type Route, Superseded } from '#ports/executor.ts'
import { backupOutlook, dumpSeconds } from './outlook.ts'
import type { DatabaseParts } from './context.ts'
import { lookAnd, measured, type Measured, type Seen } from './look.ts'
import { quietServices } from './quiet.ts'
import type { ChangeOf, DatabaseTarget, Tool } from './schema.ts'
import { tableOf } from './table.ts'
import { misorderedText, oneWayText, pathDown, revisionOf, titleOf } from './versions.ts'

const forEachRun = 5
const forAStop = 20

/** The way down to an earlier version: everything that works on it stands still, is backed up, and comes back as it was. */
export async function route(
  parts: DatabaseParts,
  target: Checked<DatabaseTarget>,
  observed: Observed,
  to: RevisionId,
  operation: string,
  signal: AbortSignal,
): Promise<Route> {
  const { spec, workload } = target
  const seen = await lookAnd(parts, spec, signal, measured)
  if (!seen || revisionOf(workload, seen.version) !== observed.running.id)
    throw new Superseded(`${target.title} changed while the plan was made`)
  if (seen.version === null)
    return refused({ kind: 'unsupported', why: nothingApplied(parts, spec) })
  const wanted = seen.applied.find((one) => revisionOf(workload, one) === to)
  if (to === observed.running.id)
    return refused({ kind: 'already_there', revision: observed.running.name })
  if (wanted === undefined)
    return refused({ kind: 'target_missing', revision: to, why: 'it is not applied here' })
  const path = pathDown(seen, wanted)
  const oneWay = oneWayText(seen, path)
  if (oneWay !== undefined)
    return refused({ kind: 'target_missing', revision: wanted, why: oneWay })
  const misordered = spec.tool.kind === 'dbmate' ? misorderedText(seen) : undefined
  if (misordered !== undefined) return refused({ kind: 'unsupported', why: misordered })
  const [quiet, outlook] = await Promise.all([
    quietServices(parts, spec, wanted, signal),
    backupOutlook(parts, spec, seen, signal),
  ])
  const blockers = [
    ...quiet.blockers,
    ...outlook.against.map(
      (why): Blocker => ({ kind: 'unsupported', why: `no backup can be made: ${why}` }),
    ),
  ]
  const titles = path.map((version) =>
    titleOf(seen.migrations.find((one) => one.version === version) ?? { version, name: '' }),
  )
  return {
    steps: [...quiet.stops, ...ownSteps(target, seen, path, wanted, operation), ...quiet.starts],
    collapse: [],
    collapseHow: null,
    differences: titles.map((title) => ({
      what: 'other',
      where: `migration ${title}`,
      from: 'applied',
      to: undefined,
    })),
    warnings: [
      ...deletedText(parts, seen, path),
      ...warningsOf(outlook.text, path),
      ...quiet.warnings,
    ],
    blockers,
    ...(quiet.standing.length === 0 ? {} : { stops: quiet.standing }),
    mechanism: 'database-down',
    how: howText(spec.tool, path, wanted, quiet.text),
    expectedMicros: expectedMicros(seen, path, quiet.stops.length),
  }
}

function ownSteps(
  { spec, workload }: Checked<DatabaseTarget>,
  seen: Seen,
  path: readonly string[],
  to: string,
  operation: string,
): readonly Step[] {
  const from = seen.version ?? ''
  const at = { target: spec, workload, oid: seen.oid }
  const backup = join(spec.backups, `${spec.connection}-${from}-${operation}.dump`)
  const down: ChangeOf<'migrate'> = {
    kind: 'migrate',
    ...at,
    direction: 'down',
    from,
    to,
    path: [...path],
    backup,
  }
  return [
    {
      name: 'backup made and verified',
      change: { kind: 'back_up', ...at, version: from, file: backup },
      undo: { kind: 'nothing', ...at },
      settles: 'backup',
      undoSettles: null,
      onFailure: 'undo',
    },
    {
      name: `${count(path.length, 'migration')} taken down to ${to}`,
      change: down,
      undo: { ...down, direction: 'up', from: to, to: from, path: path.toReversed() },
      settles: 'schema',
      onFailure: 'ask',
    },
  ]
}

function howText(tool: Tool, path: readonly string[], to: string, stopped: string): string {
  const by = {
    dbmate: `dbmate rollback, ${path.length} times`,
    'golang-migrate': `golang-migrate goto ${to} (${count(path.length, 'step')} down)`,
    command: `its own command (${count(path.length, 'step')} down)`,
  }[tool.kind]
  const quiet = stopped === '' ? 'nothing is stopped for it' : `${stopped} stands still meanwhile`
  return `${by} · ${quiet} · backup first`
}

const nothingApplied = (parts: DatabaseParts, spec: DatabaseTarget): string =>
  spec.tool.kind === 'command'
    ? 'its command says that no migration is applied'
    : `the table ${tableOf(parts, spec)} names no migration that is applied; if ${spec.tool.kind} writes them elsewhere, name that table under table`

const warningsOf = (outlook: string, path: readonly string[]): readonly Warning[] => [
  {
    kind: 'possible_loss',
    text: `what ${path.length === 1 ? 'this migration' : 'these migrations'} added is deleted with the data in it: taking the rollback back brings the structure back, empty; the data only comes from the backup, and not what was written after it`,
  },
  { kind: 'platform', text: outlook },
]

/** What went with the way up is not in the backup either, and its column or table comes back without it. */
const deletedText = (
  { scrub }: Pick<DatabaseParts, 'scrub'>,
  { migrations }: Pick<Seen, 'migrations'>,
  path: readonly string[],
): readonly Warning[] =>
  migrations
    .filter(({ version, deletes }) => path.includes(version) && deletes.length > 0)
    .map((one) => ({
      kind: 'possible_loss',
      text: scrub(
        `migration ${titleOf(one)} deleted data when it went up (${one.deletes.slice(0, 3).join('; ')}): the way down brings no data back, and the code then finds it missing; it only comes from a backup that is older than that migration`,
      ),
    }))

const expectedMicros = (seen: Measured, path: readonly string[], stopped: number): Micros =>
  seconds(dumpSeconds(seen) + forEachRun * (path.length + 1) + 2 * forAStop * stopped)

const refused = (...blockers: readonly Blocker[]): Route =>
  closedRoute('database-down', ...blockers)
