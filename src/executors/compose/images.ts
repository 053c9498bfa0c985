import { type RevisionId, revisionId } from '#domain/ids.ts'
import type { Image, Revision } from '#domain/rollback/revision.ts'
import type { Instant } from '#domain/time.ts'
import { versionName } from '#executors/image-reference.ts'
import { type Container, labelsOf, type LocalImage } from '#executors/docker/objects.ts'
import { labelledSchema } from '#executors/labelled-schema.ts'

/** What our record keeps of a version. */
export const templateOf = (reference: string) => ({ image: reference })

/** How a version was called when it ran; `undefined` where our record does not say. */
export function referenceIn(template: unknown): string | undefined {
  const kept =
    typeof template === 'object' && template !== null && 'image' in template
      ? template.image
      : undefined
  return typeof kept === 'string' ? kept : undefined
}

export const isImageId = (reference: string): boolean => /^sha256:[0-9a-f]{64}$/.test(reference)

/** `shop/checkout` of `shop/checkout:1.1`. */
export const repositoryOf = (reference: string): string =>
  (reference.split('@')[0] ?? reference).replace(/:[^:/]+$/, '')

/** As it was asked for; one that was asked for by its id goes by what it was called before. */
export const referenceOf = ({ Config, Image }: Container, known: string | undefined): string =>
  isImageId(Config.Image) ? (known ?? Image) : Config.Image

/** The id of an image is a digest over its content: it is what a version is. */
export function asRevision(
  id: string,
  reference: string,
  service: string,
  since: Instant,
  by?: string,
): Revision {
  const image: Image = { container: service, reference, digest: id }
  return {
    id: revisionId(id),
    name: nameOf(reference, id),
    images: [image],
    since,
    ...(by === undefined ? {} : { by }),
  }
}

/** By the labels of the image alone: those of the compose file are of whatever version it starts next. */
export const schemaIn = (image: LocalImage | undefined): Pick<Revision, 'schema'> =>
  image ? labelledSchema(labelsOf(image)) : {}

export const nameOf = (reference: string, id: string): string =>
  isImageId(reference) ? `image ${shortImage(id)}` : versionName(reference, id, () => id)

/** `335ebb5519b7`, as Docker shows it. */
export const shortImage = (id: string | RevisionId): string => id.slice(7, 19)
