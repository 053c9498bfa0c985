import type { Client } from 'pg'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Checked } from '#executors/define-executor.ts'
import type { Objection, Observed } from '#ports/executor.ts'
import type { RevisionId, WorkloadId } from '#domain/ids.ts'
import { between, type Instant, minutes } from '#domain/time.ts'
import { type DatabaseParts, nameOf } from './context.ts'
import { lookAnd, type Seen } from './look.ts'
import type { DatabaseTarget } from './schema.ts'
import { type Shape, shapeOf } from './shape.ts'
import {
  asRevision,
  oneWayText,
  pathDown,
  revisionOf,
  shapeBefore,
  templateOf,
} from './versions.ts'

/** Looks at the same schema may overtake each other: the one that began last is what was seen last. */
export function looksInOrder() {
  const written = new Map<WorkloadId, number>()
  const shapes = new Map<
    WorkloadId,
    { readonly of: string; readonly at: Instant; readonly shape: Shape }
  >()
  let begun = 0
  return {
    begin: () => (begun += 1),
    /** Whether it may still be written down. */
    isNewest(workload: WorkloadId, look: number): boolean {
      if (look < (written.get(workload) ?? 0)) return false
      written.set(workload, look)
      return true
    },
    /** What the schema looks like: it is asked every minute, and read anew with another version and every ten. */
    async shape(workload: WorkloadId, { oid, version, now }: Seen, client: Client): Promise<Shape> {
      const of = `${oid} ${version ?? ''}`
      const last = shapes.get(workload)
      if (last?.of === of && between(last.at, now) < minutes(10)) return last.shape
      const shape = await shapeOf(client)
      shapes.set(workload, { of, at: now, shape })
      return shape
    },
  }
}

/** Which version of the schema is applied, and which earlier ones could be. Writes what it sees into our record. */
export async function observe(
  parts: DatabaseParts,
  order: ReturnType<typeof looksInOrder>,
  { spec, workload }: Checked<DatabaseTarget>,
  signal: AbortSignal,
): Promise<Observed> {
  const look = order.begin()
  const seen = await lookAnd(parts, spec, signal, async (client, found) => ({
    shape: await order.shape(workload, found, client),
  }))
  if (!seen) throw new Error(`there is no ${nameOf(spec)}`)
  const { version, isDirty, applied, shape } = seen
  const running = asRevision(workload, version)
  const before = await shapeBefore(parts.revisions, workload, running.id)
  const began = order.isNewest(workload, look)
    ? await parts.revisions.saw(workload, {
        revision: running.id,
        name: running.name,
        template: templateOf(version, isDirty ? null : shape, before),
        running: true,
        healthy: !isDirty,
        servedMicros: 0,
        digests: {},
        began: { at: undefined, orEarlier: true },
      })
    : undefined
  const earlier = applied.slice(0, -1).toReversed()
  return {
    running: began ? { ...running, since: began.at } : running,
    history: earlier.map((one) => asRevision(workload, one)),
    objections: new Map(earlier.flatMap((one) => objectionTo(workload, seen, one))),
    precondition: preconditionOf(seen),
    warnings: [],
    blockers: isDirty ? [dirty(version)] : [],
    units: { noun: 'migrations', count: applied.length, ready: applied.length },
  }
}

/** What a plan holds on to until it begins. */
export const preconditionOf = ({ oid, version }: Seen) => ({ oid, version })

function objectionTo(
  workload: WorkloadId,
  seen: Seen,
  version: string,
): readonly (readonly [RevisionId, Objection])[] {
  const missing = oneWayText(seen, pathDown(seen, version))
  return missing === undefined ? [] : [[revisionOf(workload, version), { missing }]]
}

const dirty = (version: string | null): Blocker => ({
  kind: 'unsupported',
  why: `version ${version ?? 'none'} is dirty: a migration stopped half way. Look at the schema, mend it by hand and tell the tool which version it is; it is never forced from here`,
})
