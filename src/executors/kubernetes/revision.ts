import { createHash } from 'node:crypto'
import { type RevisionId, revisionId } from '#domain/ids.ts'
import { canonicalJson, type Json } from '#domain/json.ts'
import type { Image, Revision } from '#domain/rollback/revision.ts'
import { markedRange, schemaMark } from '#domain/rollback/schema-range.ts'
import { digestIn, isMutableReference, versionName } from '#executors/image-reference.ts'
import type { Workload } from './objects.ts'
import type { RawObject } from './schema.ts'

export { digestIn, isMutableReference }

export const sha256 = (text: string): string =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`

/** What people may write to a template without making another version of it: kubectl's restart stamp. */
const restartStamp = 'kubectl.kubernetes.io/restartedAt'
/** What controllers put on the copies they keep. */
const controllerLabels = [
  'pod-template-hash',
  'rollouts-pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
]

/**
 * What a template is, over everything a pod gets from it. A restart is no new version: else a bad version that somebody
 * restarted would find its own earlier self as the one to go back to.
 */
export function revisionOf(template: RawObject): RevisionId {
  const clean = cleanTemplate(template)
  const { annotations, ...metadata } = objectIn(clean['metadata'])
  const kept = without(objectIn(annotations), [restartStamp])
  return revisionId(
    sha256(
      canonicalJson({ ...clean, metadata: { ...metadata, ...unlessEmpty('annotations', kept) } }),
    ),
  )
}

/** The version that a workload's template asks for. */
export const runningRevision = ({ spec }: Workload): RevisionId => revisionOf(spec.template)

/** The template as it was given to the controller: without the labels, marks and empty fields that copies carry. */
export function cleanTemplate(template: RawObject): RawObject {
  const { $patch: _patch, metadata, ...rest } = template
  const { creationTimestamp, labels, ...otherMetadata } = objectIn(metadata)
  return {
    ...rest,
    metadata: {
      ...otherMetadata,
      ...(creationTimestamp ? { creationTimestamp } : {}),
      ...unlessEmpty('labels', without(objectIn(labels), controllerLabels)),
    },
  }
}

/** The images of a template in its order, with what running pods or the reference itself say of their digests. */
export function imagesOf(
  template: RawObject,
  digests: ReadonlyMap<string, string> = new Map(),
): readonly Image[] {
  return containersOf(template).map(({ name, image }) => {
    const digest = digestIn(image) ?? digests.get(name)
    return { container: name, reference: image, ...(digest ? { digest } : {}) }
  })
}

/** As people call it, by its first image. */
export function revisionName(template: RawObject, images: readonly Image[]): string {
  const [first] = images
  return first
    ? versionName(first.reference, first.digest, () => revisionOf(template))
    : revisionOf(template).slice(0, 14)
}

/** What its pods say of the schema that they can run on, by an annotation. */
export function schemaOf(template: RawObject): Pick<Revision, 'schema'> {
  const { annotations } = objectIn(template['metadata'])
  const schema = markedRange(textIn(objectIn(annotations)[schemaMark]))
  return schema ? { schema } : {}
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly raw: RawObject
}

export function containersOf(template: RawObject): readonly Container[] {
  return listIn(objectIn(template['spec'])['containers']).map(asContainer)
}
export function initContainersOf(template: RawObject): readonly Container[] {
  return listIn(objectIn(template['spec'])['initContainers']).map(asContainer)
}
function asContainer(value: Json): Container {
  const raw = objectIn(value)
  return { name: textIn(raw['name']), image: textIn(raw['image']), raw }
}

export const objectIn = (value: Json | undefined): RawObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as RawObject) : {}
export const listIn = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : []
export const textIn = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

function without(object: RawObject, keys: readonly string[]): RawObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}
function unlessEmpty(key: string, object: RawObject): RawObject {
  return Object.keys(object).length > 0 ? { [key]: object } : {}
}
