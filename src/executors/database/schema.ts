import { z } from 'zod'
import { type WorkloadId, workloadId } from '#domain/ids.ts'
import type { Json } from '#domain/json.ts'

const words = z.array(z.string().min(1)).min(1)

const files = {
  program: z.string(),
  migrations: z.string(),
  /** Where it writes down what is applied, with its schema or without; absent: where it does so by itself. */
  table: z.string().exactOptional(),
}

/** What moves the schema up and down. */
const Tool = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('dbmate'), ...files }),
  z.object({ kind: z.literal('golang-migrate'), ...files }),
  /** Programs of somebody's own, each with its arguments; `{to}` and `{steps}` stand for what is wanted. */
  z.object({ kind: z.literal('command'), list: words, version: words, down: words, up: words }),
])
export type Tool = z.infer<typeof Tool>

const WorkloadIdText = z.custom<WorkloadId>(
  (value) => typeof value === 'string' && value === workloadId(value),
)
const AnyJson = z.custom<Json>((value) => value !== undefined)

/** A service that works on the database, and where it runs. */
const Stopped = z.object({
  service: z.string(),
  /** Versions of this schema that it is declared to run on. */
  range: z.object({
    database: z.string(),
    from: z.string().exactOptional(),
    to: z.string().exactOptional(),
  }),
  target: z.object({
    executor: z.string(),
    workload: WorkloadIdText,
    title: z.string(),
    spec: AnyJson,
  }),
})

export const DatabaseTarget = z.object({
  /** Names the variable that holds its address. */
  connection: z.string(),
  tool: Tool,
  /** Where backups are kept. */
  backups: z.string(),
  /** Where `pg_dump` and `pg_restore` are; null: wherever the PATH says. */
  programs: z.string().nullable(),
  /** Versions that somebody declared to have no way back, whatever their files say. */
  irreversible: z.array(z.string()),
  stops: z.array(Stopped),
})
export type DatabaseTarget = z.infer<typeof DatabaseTarget>

/** The database a change is meant for; one of that name that was made anew is another. */
const at = { target: DatabaseTarget, workload: WorkloadIdText, oid: z.string() }

export const DatabaseChange = z.discriminatedUnion('kind', [
  /** Everything that is in it, into this file. */
  z.object({ kind: z.literal('back_up'), ...at, version: z.string(), file: z.string() }),
  z.object({
    kind: z.literal('migrate'),
    ...at,
    direction: z.enum(['down', 'up']),
    from: z.string(),
    to: z.string(),
    /** What is taken down, the newest first; or brought up, the oldest first. */
    path: words,
    /** Without this backup nothing is taken down. */
    backup: z.string(),
  }),
  /** The undo of a backup: it is kept. */
  z.object({ kind: z.literal('nothing'), ...at }),
])
export type DatabaseChange = z.infer<typeof DatabaseChange>
export type ChangeOf<Kind extends DatabaseChange['kind']> = Extract<DatabaseChange, { kind: Kind }>
