import type { Standing } from '#domain/authority/standing.ts'
import type { PersonId, ServiceId } from '#domain/ids.ts'
import type { World } from './world.ts'

/** `unseen`: the directory did not say in time who this is. */
export type WhoAsks =
  | { readonly kind: 'member' }
  | { readonly kind: 'unseen' }
  | { readonly kind: 'outsider'; readonly why: Extract<Standing, { kind: 'outsider' }>['why'] }

/** A form must be opened within 3 s of the command, and something else has to happen in them, too. */
const deadlineMs = 1_000

/**
 * May this person ask for a rollback – of this service, or of any – and so be told about it? Asked before anything is shown.
 * A guest whom the configuration names for one service counts as a member for that one.
 */
export async function whoAsks(
  { catalogue, directory }: Pick<World, 'catalogue' | 'directory'>,
  by: PersonId,
  about?: ServiceId,
): Promise<WhoAsks> {
  const services = [...catalogue.values()].filter(({ id }) => about === undefined || id === about)
  const signal = AbortSignal.timeout(deadlineMs)
  const [first, ...others] = services
  if (!first) return { kind: 'unseen' }
  const standing = await directory.standing(by, first, signal)
  if (standing.kind === 'member') return { kind: standing.isUnseen ? 'unseen' : 'member' }
  const { why } = standing
  if (why !== 'guest' && why !== 'external') return { kind: 'outsider', why }
  const elsewhere = await Promise.all(
    others.map((service) => directory.standing(by, service, signal)),
  )
  const isNamed = elsewhere.some((found) => found.kind === 'member' && !found.isUnseen)
  return isNamed ? { kind: 'member' } : { kind: 'outsider', why }
}
