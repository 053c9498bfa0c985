import { type Image, isBrought, type Revision, shortId } from '#domain/rollback/revision.ts'
import { ago } from '#domain/communication/words.ts'
import type { Instant } from '#domain/time.ts'
import { code, joined, type Markup, mrkdwn, quoted } from './markup.ts'

/** `sha256:77ab41c09e2d`: enough to tell versions apart and to look one up. */
export const shortDigest = (digest: string): string => {
  const [algorithm, hex] = digest.split(':')
  return hex === undefined ? digest.slice(0, 12) : `${algorithm}:${hex.slice(0, 12)}`
}

/** The tag people know first, then the immutable name; what runs no image, such as a schema, is called by its name alone. */
export const named = (revision: Revision): Markup =>
  revision.images.length === 0
    ? mrkdwn`${revision.name}`
    : mrkdwn`${revision.name} ${code(immutable(revision))}`

/** `since 25 min ago (14:23 UTC)`; `since at least …` where nobody saw it begin. */
export const runningSince = ({ since, orEarlier }: Revision, now: Instant): string =>
  `since ${orEarlier ? 'at least ' : ''}${ago(since, now)}`

/** Who brought it, in the platform's own words; a rollback of ours needs no number to be told. */
export function shipped({ by }: Revision, before = ''): Markup {
  if (by === undefined) return mrkdwn``
  return isBrought(by)
    ? mrkdwn`${before}by a rollback`
    : mrkdwn`${before}shipped as ${quoted(by, 120)}`
}

/**
 * What the revision is, never what it is called: its image's digest where one was seen, else `template 02bf6c1d77e9`, which tells
 * two versions apart and is not to be taken for an image.
 */
export function immutable({ id, images }: Revision): string {
  const digest = images.find((image) => image.digest !== undefined)?.digest
  return digest === undefined ? `template ${shortId(id)}` : shortDigest(digest)
}

/** `checkout:2.2.1@sha256:77ab41c09e2d`. */
export const imageName = ({ reference, digest }: Image): string =>
  `${reference.split('/').at(-1) ?? reference}${digest === undefined ? '' : `@${shortDigest(digest)}`}`

/** Each container's image before and after; containers that keep theirs are left out. */
export function imageChanges(from: Revision, to: Revision): Markup | undefined {
  const containers = [...new Set([...from.images, ...to.images].map(({ container }) => container))]
  const changes = containers.flatMap((container) => {
    const before = from.images.find((image) => image.container === container)
    const after = to.images.find((image) => image.container === container)
    const was = before ? imageName(before) : 'none'
    const is = after ? imageName(after) : 'none'
    if (was === is) return []
    const which = containers.length > 1 ? mrkdwn` of ${container}` : mrkdwn``
    return [mrkdwn`image${which} ${code(was)} → ${code(is)}`]
  })
  return changes.length > 0 ? joined(changes, ' · ') : undefined
}
