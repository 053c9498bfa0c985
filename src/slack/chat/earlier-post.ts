import { micros, minutes, seconds } from '#domain/time.ts'
import type { EarlierTry, Surface } from '#ports/surfaces.ts'
import type { Edge } from '../edge.ts'
import { isRefused, refusalOf, isPassing, whyOf } from '../failure.ts'
import { findOurs, type Where } from './find-ours.ts'
import type { PastMessage } from './schema.ts'

/** What came of an earlier try to post something. */
export type Earlier =
  | { readonly kind: 'stands'; readonly at: Surface }
  | { readonly kind: 'stands_not' }
  | { readonly kind: 'not_known' }

/** How long something waits for Slack to let us look; after that it is said at the risk of saying it twice. */
const longestWait = minutes(1)
/** What was taken can be read a moment later. */
const readableAfter = seconds(1)
const { signal: never } = new AbortController()

/** Looks whether what was tried before stands where it was tried. Throws when that must be asked again later. */
export async function earlierPost(
  edge: Pick<Edge, 'client' | 'log' | 'identity' | 'clock'>,
  where: Omit<Where, 'since'>,
  { begunAt, waited }: EarlierTry,
  isIt: (message: PastMessage) => boolean,
): Promise<Earlier> {
  const { client, log, identity, clock } = edge
  const early = micros(readableAfter - waited)
  if (early > 0) await clock.pause(early / 1_000, never)
  try {
    const at = await findOurs({ client, identity }, { ...where, since: begunAt }, isIt)
    if (!at) return { kind: 'stands_not' }
    log.warn({ ...at }, 'a message whose answer was lost was found')
    return { kind: 'stands', at }
  } catch (error) {
    // The room itself is closed to us: whoever posts knows where else to say it.
    if (isRefused(error, 'not_in_channel')) throw error
    const mayPass = refusalOf(error) === undefined || isPassing(error)
    if (mayPass && waited < longestWait) throw error
    log.warn({ why: whyOf(error) }, 'it cannot be looked up whether a message stands already')
    return { kind: 'not_known' }
  }
}
