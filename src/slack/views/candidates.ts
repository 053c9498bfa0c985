import { ago, coarse } from '#domain/communication/words.ts'
import type { RevisionId } from '#domain/ids.ts'
import type { Candidate, Revision } from '#domain/rollback/revision.ts'
import type { Instant } from '#domain/time.ts'
import { dotted, lines, type Markup, mrkdwn } from './markup.ts'
import { named, shipped } from './versions.ts'

interface Runs {
  readonly running: RevisionId
  readonly serves?: string | undefined
  /** Where that which was shipped last stands, if it is not simply what runs. */
  readonly stands?: string | undefined
}

const mostCandidates = 12

/** What can be gone back to, the newest first; `undefined` where nothing is known. */
export function candidatesText(
  candidates: readonly Candidate[],
  runs: Runs,
  now: Instant,
): Markup | undefined {
  if (candidates.length === 0) return undefined
  const more = candidates.length - mostCandidates
  return lines(
    ...candidates.slice(0, mostCandidates).map((candidate) => candidateLine(candidate, runs, now)),
    more > 0 ? mrkdwn`and ${more} older` : undefined,
  )
}

function candidateLine(
  candidate: Candidate,
  { running, serves, stands = 'runs now' }: Runs,
  now: Instant,
): Markup {
  const { revision } = candidate
  const isOnItsWay = revision.id === running && serves !== undefined
  return dotted(
    mrkdwn`• ${named(revision)}`,
    revision.number === undefined ? undefined : mrkdwn`revision ${revision.number}`,
    mrkdwn`from ${ago(revision.since, now)}`,
    revision.firstAt === undefined
      ? undefined
      : mrkdwn`first there ${coarse(now - revision.firstAt)} ago`,
    revision.by === undefined ? undefined : shipped(revision),
    isOnItsWay ? mrkdwn`on its way` : revision.id === running ? mrkdwn`${stands}` : undefined,
    revision.name === serves ? mrkdwn`serves now` : undefined,
    revision.id === running && candidate.standing.kind === 'unproven'
      ? undefined
      : standingText(candidate, now),
  )
}

/** What is known of a version, in a few words. */
function standingText({ standing, missing }: Candidate, now: Instant): Markup {
  if (missing !== undefined) return mrkdwn`cannot be used: ${missing}`
  switch (standing.kind) {
    case 'verified':
      return mrkdwn`verified good ${coarse(now - standing.at)} ago`
    case 'served':
      return mrkdwn`served for ${coarse(standing.forMicros)}, not verified by us`
    case 'given':
      return mrkdwn`${standing.because}`
    case 'unproven':
      return mrkdwn`not known to have worked`
    case 'bad':
      return mrkdwn`marked bad: ${standing.because}`
  }
}

export function versionsText(revisions: readonly Revision[]): Markup | undefined {
  return revisions.length === 0
    ? undefined
    : mrkdwn`Known versions: ${dotted(...revisions.slice(0, 8).map(named))}`
}
