import type { HeldBy } from '#domain/rollback/hold.ts'
import type { Image, Revision } from '#domain/rollback/revision.ts'
import { CannotHold } from '#ports/holder.ts'
import { isMutableReference } from './revision.ts'

/**
 * What names a version in a template and not the version gone back to. It is the image that gives it its name, or where that
 * one stays, all that change together; by its tag as it ran, unless that tag moves or both have it, and by its digest. Where no
 * image changes, the template as a whole.
 */
export function heldBy(
  held: Pick<Revision, 'name' | 'images'>,
  instead: Pick<Revision, 'images'>,
): HeldBy {
  const changed = held.images.filter((image) => differs(image, counterpart(image, instead)))
  const [naming] = held.images
  if (changed.length === 0) return { kind: 'template' }
  const meant = naming && changed.includes(naming) ? [naming] : changed
  const images = meant.map((image) => namesOf(image, counterpart(image, instead)))
  if (images.some((names) => names.length === 0))
    throw new CannotHold(
      `${held.name} was deployed by a tag that moves and its digest was not seen, so nothing tells it from other versions`,
    )
  return { kind: 'image', images }
}

const counterpart = (image: Image, { images }: Pick<Revision, 'images'>): Image | undefined =>
  images.find(({ container }) => container === image.container)

function differs(image: Image, other: Image | undefined): boolean {
  if (!other || image.reference !== other.reference) return true
  return image.digest !== undefined && other.digest !== undefined && image.digest !== other.digest
}

function namesOf({ reference, digest }: Image, other: Image | undefined): readonly string[] {
  const [tagged = ''] = reference.split('@')
  const isTelling = !isMutableReference(tagged) && tagged !== other?.reference.split('@')[0]
  return [
    ...(isTelling ? [tagged] : []),
    ...(digest !== undefined && digest !== other?.digest ? [`@${digest}`] : []),
  ]
}
