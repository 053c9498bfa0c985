import type { Plan, Warning } from '#domain/rollback/plan.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import {
  includesVersion,
  rangeText,
  type SchemaNow,
  type SchemaRange,
} from '#domain/rollback/schema-range.ts'
import type { Service } from '#domain/service.ts'
import type { Executor } from '#ports/executor.ts'

/** Where the schema stands that the service runs on; undefined where it names no database. */
export async function schemaNow(
  executors: ReadonlyMap<string, Executor>,
  { schema }: Pick<Service, 'schema'>,
  signal: AbortSignal,
): Promise<SchemaNow | undefined> {
  if (!schema) return undefined
  const { database, target } = schema
  try {
    const seen = await executors.get(target.executor)?.observe(target, signal)
    return seen
      ? { kind: 'known', database, version: seen.running.name }
      : { kind: 'unknown', database, why: 'nothing here can look at it' }
  } catch (error) {
    if (signal.aborted) throw error
    const why = error instanceof Error ? error.message : String(error)
    return { kind: 'unknown', database, why }
  }
}

/** What a version itself says, else what is declared of the service. */
export function rangeOf(
  { schema }: Pick<Service, 'schema'>,
  revision: Revision,
): SchemaRange | undefined {
  if (!schema) return undefined
  const { database, from, to } = schema
  if (revision.schema?.database === database) return revision.schema
  if (from === undefined && to === undefined) return undefined
  return { database, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

/** Each candidate with why it cannot run on the schema as it is today. */
export function crossing(
  service: Pick<Service, 'schema'>,
  candidates: readonly Candidate[],
  now: SchemaNow | undefined,
): readonly Candidate[] {
  if (now?.kind !== 'known') return candidates
  return candidates.map((candidate) => {
    const range = rangeOf(service, candidate.revision)
    return range && !includesVersion(range, now.version)
      ? { ...candidate, crosses: crossingText(range, now) }
      : candidate
  })
}

const crossingText = (range: SchemaRange, now: Extract<SchemaNow, { kind: 'known' }>): string =>
  `it runs on schema ${rangeText(range)} of ${now.database}, which is at ${now.version}`

/** What a plan says of the schema: that the version runs on it, or that nobody knows. */
export function onSchema(
  service: Pick<Service, 'schema'>,
  to: Revision,
  now: SchemaNow | undefined,
): { readonly part: Pick<Plan, 'schema'>; readonly warnings: readonly Warning[] } {
  if (!now) return { part: {}, warnings: [] }
  const { database } = now
  const unverified = (text: string) => ({
    part: {},
    warnings: [{ kind: 'schema_unverified', text } as const],
  })
  if (now.kind === 'unknown')
    return unverified(
      `whether ${to.name} runs on today's schema of ${database} is not known: ${now.why}`,
    )
  const range = rangeOf(service, to)
  if (!range)
    return unverified(
      `whether ${to.name} runs on schema ${now.version} of ${database} is not known: it does not say what it runs on`,
    )
  return {
    part: { schema: { database, version: now.version, range: rangeText(range) } },
    warnings: [],
  }
}
