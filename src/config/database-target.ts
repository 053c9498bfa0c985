import { z } from 'zod'
import type { Catalogue } from '#domain/catalogue.ts'
import { workloadId } from '#domain/ids.ts'
import type { Service, Target } from '#domain/service.ts'
import type { Finding } from './finding.ts'

const Path = z.string().regex(/^\/[^\0]*$/, 'must be a whole path, beginning with /')
const Words = z.array(z.string().min(1).max(1_000)).min(1).max(50)
const Version = z
  .union([z.int().min(0).transform(String), z.string().regex(/^[\w.-]{1,60}$/)])
  .pipe(z.string())

/** What is below these is gone after a restart, and may be read by others. */
const passing = ['/tmp', '/var/tmp', '/dev/shm', '/run']
const isPassing = (path: string): boolean =>
  passing.some((one) => path === one || path.startsWith(`${one}/`))

const tools = ['dbmate', 'golangMigrate', 'command'] as const
const files = {
  migrations: Path,
  program: z.string().min(1).max(1_000).optional(),
  /** Where it writes down what is applied, where that is not schema_migrations. */
  table: z
    .string()
    .regex(
      /^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$/,
      'must be a name such as schema_migrations, or with its schema, ops.schema_migrations',
    )
    .optional(),
}

/** A schema that is migrated, and by what. */
export const DatabaseSection = z
  .strictObject({
    /** Its address stands in the environment, as MIGRATED_<NAME>_URL. */
    connection: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]{0,30}$/,
        'must be small letters, digits and dashes, such as checkout',
      ),
    dbmate: z.strictObject(files).optional(),
    golangMigrate: z.strictObject(files).optional(),
    /** Programs of one's own, with their arguments; {to} and {steps} stand for what is wanted. */
    command: z.strictObject({ list: Words, version: Words, down: Words, up: Words }).optional(),
    /** The folder in which backups are kept. */
    backups: Path.refine((path) => !isPassing(path), {
      message: `must outlive a restart: not below ${passing.join(', ')}`,
    }),
    /** The folder of pg_dump and pg_restore, where they are not on the PATH. */
    programs: Path.optional(),
    /** Versions that have no way back, whatever their files say. */
    irreversible: z.array(Version).default([]),
    /** What stands still while the schema is moved; absent: every service that depends on it. */
    stops: z.array(z.string()).optional(),
  })
  .refine((row) => tools.filter((one) => row[one] !== undefined).length === 1, {
    message: `needs exactly one of ${tools.join(', ')}`,
  })
type DatabaseSection = z.infer<typeof DatabaseSection>

export const SchemaSection = z.strictObject({
  /** A service with a database among its targets. */
  database: z.string(),
  from: Version.optional(),
  to: Version.optional(),
})

/** Without the services that stand still: who they are is known when all are. */
export function databaseTarget(row: DatabaseSection): Target {
  const { connection, backups, programs = null, irreversible } = row
  return {
    executor: 'database',
    workload: workloadId(`database/${connection}`),
    title: `database ${connection}`,
    spec: { connection, tool: toolOf(row), backups, programs, irreversible, stops: [] },
  }
}

function toolOf({ dbmate, golangMigrate, command }: DatabaseSection) {
  if (dbmate) return { kind: 'dbmate', ...filesOf(dbmate, 'dbmate') }
  if (golangMigrate) return { kind: 'golang-migrate', ...filesOf(golangMigrate, 'migrate') }
  const { list = [], version = [], down = [], up = [] } = command ?? {}
  return { kind: 'command', list, version, down, up }
}

const filesOf = (
  { migrations, program, table }: NonNullable<DatabaseSection['dbmate']>,
  usual: string,
) => ({ program: program ?? usual, migrations, ...(table === undefined ? {} : { table }) })

interface Row {
  readonly schema?: z.infer<typeof SchemaSection> | undefined
  readonly targets: readonly { readonly database?: DatabaseSection | undefined }[]
}

/** Every database knows whom to stop and what that runs on, and every service where the schema is that it runs on. */
export function withStops(
  rows: ReadonlyMap<string, Row>,
  catalogue: ReadonlyMap<string, Service>,
): Catalogue {
  return new Map(
    [...catalogue].map(([name, service]) => {
      const targets = service.targets.map((target, index) => {
        const row = rows.get(name)?.targets[index]?.database
        return row
          ? {
              ...target,
              spec: { ...Object(target.spec), stops: stopsOf(name, row, catalogue, rows) },
            }
          : target
      })
      return [name, { ...service, targets, ...schemaOf(rows.get(name)?.schema, catalogue) }]
    }),
  )
}

function schemaOf(row: Row['schema'], catalogue: Catalogue): Pick<Service, 'schema'> {
  const service = row && catalogue.get(row.database)
  const target = service?.targets.find(({ executor }) => executor === 'database')
  if (!service || !target) return {}
  const { from, to } = row
  return {
    schema: {
      database: service.id,
      target,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    },
  }
}

/** Services whose schema is nobody's. */
export function schemaFindings(
  name: string,
  { schema }: Row,
  rows: ReadonlyMap<string, Row>,
): readonly Finding[] {
  if (!schema || rows.get(schema.database)?.targets.some((target) => target.database)) return []
  return [
    {
      path: ['services', name, 'schema', 'database'],
      text: `${schema.database} is no service with a database among its targets`,
    },
  ]
}

function rangeIn(database: string, row: Row | undefined) {
  const { schema } = row ?? {}
  const { from, to } = schema?.database === database ? schema : {}
  return { database, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

function stopsOf(
  name: string,
  { stops }: DatabaseSection,
  catalogue: Catalogue,
  rows: ReadonlyMap<string, Row>,
) {
  const all = [...catalogue.values()]
  const named =
    stops ?? all.flatMap(({ id, dependsOn }) => (dependsOn.some((one) => one === name) ? [id] : []))
  return named.flatMap((one) => {
    const [target] = catalogue.get(one)?.targets ?? []
    return target
      ? [{ service: one, target: { ...target }, range: rangeIn(name, rows.get(one)) }]
      : []
  })
}
