import type { Revision } from '#domain/rollback/revision.ts'
import { markedRange, schemaMark } from '#domain/rollback/schema-range.ts'

/** What labels say of the schema that a version can run on, in the words of the annotation of pods; the first that says something. */
export function labelledSchema(
  ...labels: readonly Readonly<Record<string, string>>[]
): Pick<Revision, 'schema'> {
  const [schema] = labels.flatMap((one) => markedRange(one[schemaMark]) ?? [])
  return schema ? { schema } : {}
}
