import { canonicalJson, type Json } from '#domain/json.ts'
import { cleanTemplate, objectIn } from '../revision.ts'
import type { RawObject } from '../schema.ts'

/**
 * Whether two templates are the same version, one of them perhaps as Flagger copied it: a copy has an id of its own, names its pods
 * `…-primary`, and reads copies of the configuration that are named so.
 */
export const isSameVersion = (one: RawObject, other: RawObject): boolean =>
  essence(one) === essence(other)

function essence(template: RawObject): string {
  const { metadata, ...rest } = cleanTemplate(template)
  const { labels, annotations } = objectIn(metadata)
  const { 'flagger-id': _, ...own } = objectIn(annotations)
  return canonicalJson(unsuffixed({ ...rest, labels: theirs(labels), annotations: theirs(own) }))
}

/** Without what Flux marks its own objects with: Flagger copies none of that. */
const theirs = (marks: Json | undefined): RawObject =>
  Object.fromEntries(
    Object.entries(objectIn(marks)).filter(
      ([name]) =>
        !name.includes('toolkit.fluxcd.io') && name !== 'kubectl.kubernetes.io/restartedAt',
    ),
  )

function unsuffixed(value: Json): Json {
  if (typeof value === 'string') return value.replace(/-primary$/, '')
  if (Array.isArray(value)) return value.map((one: Json) => unsuffixed(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, unsuffixed(own)]))
}
