import { createHash } from 'node:crypto'
import { type RevisionId, revisionId } from '#domain/ids.ts'
import type { Image } from '#domain/rollback/revision.ts'
import { digestIn, versionName } from '#executors/image-reference.ts'
import type { ServiceRevision, TaskDefinition } from './objects.ts'

/** A task definition never changes: its full ARN is what a version is. */
export const revisionOf = (definition: string): RevisionId =>
  revisionId(`sha256:${createHash('sha256').update(definition).digest('hex')}`)

/** `shop-checkout:41`. */
export const shortName = (definition: string): string => definition.split('/').at(-1) ?? definition
export const familyOf = (definition: string): string => shortName(definition).split(':')[0] ?? ''

/** The images of a definition in its order, with the digests that ECS resolved for a deployment of it. */
export const imagesOf = (
  { containerDefinitions }: Pick<TaskDefinition, 'containerDefinitions'>,
  digests: ReadonlyMap<string, string>,
): readonly Image[] =>
  containerDefinitions.map(({ name, image }) => {
    const digest = digestIn(image) ?? digests.get(name)
    return { container: name, reference: image, ...(digest ? { digest } : {}) }
  })

export const digestsOf = (revision: ServiceRevision | undefined): ReadonlyMap<string, string> =>
  new Map(
    (revision?.containerImages ?? []).flatMap(({ containerName, imageDigest }) => {
      const digest = digestIn(imageDigest ?? '')
      return digest ? [[containerName, digest] as const] : []
    }),
  )

/** `v2.2.1`, by its first image. */
export function nameBy(definition: string, [first]: readonly Image[]): string {
  return first
    ? versionName(first.reference, first.digest, () => revisionOf(definition))
    : shortName(definition)
}

/** Who registered it: `deploy/pipeline`. */
export const registrant = ({ registeredBy }: TaskDefinition): string | undefined =>
  registeredBy
    ?.split(':')
    .at(-1)
    ?.replace(/^(assumed-role|user|role)\//, '')
