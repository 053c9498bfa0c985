import type { Revision } from '#domain/rollback/revision.ts'

/** Whether a test that names a version so was about this one: by its tag, an image or a digest. */
export function isVersion(
  { name, images }: Pick<Revision, 'name' | 'images'>,
  said: string,
): boolean {
  const plain = (tag: string) => tag.replace(/^v(?=\d)/, '')
  return (
    plain(said) === plain(name) ||
    images.some(
      ({ reference, digest }) => said === reference || (digest !== undefined && said === digest),
    )
  )
}
