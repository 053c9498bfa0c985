/** The registry's digest in a reference. */
export const digestIn = (reference: string): string | undefined =>
  /sha256:[0-9a-f]{64}/.exec(reference)?.[0]

function tagOf(reference: string): string | undefined {
  const [path = ''] = reference.split('@')
  return /:([^:/]+)$/.exec(path)?.[1]
}

/** True when the same reference may name another image tomorrow. */
export const isMutableReference = (reference: string): boolean =>
  !digestIn(reference) && isMutable(tagOf(reference) ?? 'latest')

const isMutable = (tag: string): boolean =>
  /^(latest|main|master|trunk|head|stable|edge|nightly|dev|develop|development|test|staging|prod|production|release|current|canary)$/i.test(
    tag,
  )

/** `v2.2.1`; a tag that can move carries what tells its versions apart, else what `otherwise` says: `latest@77ab12c`. */
export function versionName(
  reference: string,
  digest: string | undefined,
  otherwise: () => string,
): string {
  const tag = tagOf(reference)
  if (tag && !isMutable(tag)) return /^\d+(\.\d+)+/.test(tag) ? `v${tag}` : tag
  const pinned = digestIn(reference) ? reference.split('/').at(-1)?.split('@')[0] : 'latest'
  return `${tag ?? pinned}@${(digest ?? otherwise()).slice(7, 14)}`
}
