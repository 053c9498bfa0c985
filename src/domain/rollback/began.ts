import type { RevisionId } from '#domain/ids.ts'
import { between, type Instant, instant, minutes, plus, seconds } from '#domain/time.ts'
import type { Revision } from './revision.ts'

/** What the platform's dates say of the version that runs. Each can be older than the run: going back keeps the first date. */
export interface PlatformDates {
  readonly createdAt: Instant
  /** When somebody last wrote the template: it began then or before. */
  readonly writtenAt: Instant | undefined
  /** When the platform first made each of the others it still keeps. */
  readonly others: readonly Instant[]
}

/** A sighting as the record has it. */
export interface Sighting {
  readonly revision: RevisionId
  readonly lastSeen: Instant
  /** It was the one that ran when the workload was last looked at. */
  readonly running: boolean
}

/** Since when a version has run. `at` undefined: since this very look, as far as anybody knows. */
export interface Began {
  readonly at: Instant | undefined
  /** Nobody saw it begin: it may have been earlier. */
  readonly orEarlier: boolean
}

/** Looks come every minute: a begin that lies this close to the last look at another version is known well enough. */
const wellKnown = minutes(5)
/** The platform's dates are whole seconds of another clock. */
const slack = seconds(5)

/**
 * When the version that runs began to, this time. Our record of what ran before decides; the platform's dates only place the
 * begin between two looks. `undefined`: it ran at the last look already and goes on.
 */
export function beganAt(
  running: RevisionId,
  { createdAt, writtenAt, others }: PlatformDates,
  known: readonly Sighting[],
): Began | undefined {
  const own = known.find(({ revision, running: ran }) => ran && revision === running)
  const between = own ? others.filter((made) => made > own.lastSeen) : []
  if (own && between.length === 0) return undefined

  const before = known.flatMap(({ revision, running: ran, lastSeen }) =>
    ran && revision !== running ? [lastSeen] : [],
  )
  const left = own ? between : before
  if (left.length > 0) return returned(createdAt, writtenAt, instant(Math.max(...left)))
  // Nobody has looked before: the platform's word, unless it contradicts itself.
  const newest = instant(Math.max(0, ...others))
  return newest <= createdAt
    ? { at: createdAt, orEarlier: false }
    : {
        at: writtenAt !== undefined && writtenAt >= newest ? writtenAt : undefined,
        orEarlier: true,
      }
}

/** Another version still ran at `left`. */
function returned(createdAt: Instant, writtenAt: Instant | undefined, left: Instant): Began {
  const isSince = (at: Instant) => plus(at, slack) >= left
  if (isSince(createdAt)) return { at: createdAt, orEarlier: false }
  if (writtenAt !== undefined && isSince(writtenAt))
    return { at: writtenAt, orEarlier: between(left, writtenAt) > wellKnown }
  return { at: undefined, orEarlier: true }
}

/** The earliest it can have begun: where nobody saw it begin, the beginning of time. */
export const earliestBegin = ({ since, orEarlier }: Revision): Instant =>
  orEarlier ? instant(0) : since
