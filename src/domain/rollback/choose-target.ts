import type { RevisionId } from '#domain/ids.ts'
import type { Micros } from '#domain/time.ts'
import type { Candidate, Revision } from './revision.ts'

export type Choice =
  | { readonly kind: 'chosen'; readonly candidate: Candidate; readonly because: string }
  | { readonly kind: 'none'; readonly considered: readonly string[] }
  | { readonly kind: 'unknown'; readonly typed: string }
  | { readonly kind: 'already_there'; readonly revision: Revision }
  | { readonly kind: 'missing'; readonly revision: Revision; readonly why: string }
  /** It cannot run on the schema as it is today; `safe` is what would be chosen among those that can. */
  | {
      readonly kind: 'crosses'
      readonly revision: Revision
      readonly why: string
      readonly safe: string | null
    }

/**
 * The revision to go back to: what somebody named, else the newest that was verified good, else the newest that served long
 * enough – and never simply the previous one (DESIGN §8). `candidates` come newest first.
 */
export function chooseTarget(
  candidates: readonly Candidate[],
  running: RevisionId,
  wanted: string | undefined,
  servedLong: Micros,
): Choice {
  return wanted === undefined
    ? best(
        candidates.filter(({ revision }) => revision.id !== running),
        servedLong,
      )
    : named(candidates, running, wanted, servedLong)
}

function best(candidates: readonly Candidate[], servedLong: Micros): Choice {
  const there = candidates.filter(({ missing }) => missing === undefined)
  const usable = there.filter(({ crosses }) => crosses === undefined)
  const found = newestGood(usable, servedLong)
  if (found) return found
  const { candidate } = newestGood(there, servedLong) ?? {}
  return candidate?.crosses === undefined
    ? { kind: 'none', considered: candidates.map(rejection) }
    : { kind: 'crosses', revision: candidate.revision, why: candidate.crosses, safe: null }
}

function newestGood(
  usable: readonly Candidate[],
  servedLong: Micros,
): Extract<Choice, { kind: 'chosen' }> | undefined {
  const verified = usable.find(({ standing }) => standing.kind === 'verified')
  if (verified)
    return { kind: 'chosen', candidate: verified, because: 'last version verified good' }
  const given = usable.find(({ standing }) => standing.kind === 'given')
  if (given?.standing.kind === 'given')
    return { kind: 'chosen', candidate: given, because: given.standing.because }
  const served = usable.find(
    ({ standing }) => standing.kind === 'served' && standing.forMicros >= servedLong,
  )
  if (served)
    return {
      kind: 'chosen',
      candidate: served,
      because: 'last version that served long enough before this one',
    }
  return undefined
}

function named(
  candidates: readonly Candidate[],
  running: RevisionId,
  wanted: string,
  servedLong: Micros,
): Choice {
  const candidate = candidates.find(({ revision }) => isNamed(revision, wanted))
  if (!candidate) return { kind: 'unknown', typed: wanted }
  if (candidate.revision.id === running)
    return { kind: 'already_there', revision: candidate.revision }
  if (candidate.missing !== undefined)
    return { kind: 'missing', revision: candidate.revision, why: candidate.missing }
  if (candidate.crosses !== undefined) {
    const others = candidates.filter(({ revision }) => revision.id !== running)
    const safe = best(others, servedLong)
    const name = safe.kind === 'chosen' ? safe.candidate.revision.name : null
    return { kind: 'crosses', revision: candidate.revision, why: candidate.crosses, safe: name }
  }
  return { kind: 'chosen', candidate, because: 'named in the request' }
}

/** By number, tag (with or without `v`), whole digest, or the revision's own id; a shortened digest must have 12 digits. */
export function isNamed(revision: Revision, wanted: string): boolean {
  const bare = wanted.replace(/^v(?=\d)/, '')
  if (String(revision.number) === wanted || revision.id === wanted) return true
  if (revision.name === wanted || revision.name.replace(/^v(?=\d)/, '') === bare) return true
  const digest = wanted.startsWith('sha256:') ? wanted : undefined
  return (
    digest !== undefined &&
    digest.length >= 'sha256:'.length + 12 &&
    [revision.id, ...revision.images.map((image) => image.digest ?? '')].some((known) =>
      known.startsWith(digest),
    )
  )
}

function rejection({ revision, standing, missing, crosses }: Candidate): string {
  const against = missing ?? crosses
  if (against !== undefined) return `${revision.name}: ${against}`
  switch (standing.kind) {
    case 'bad':
      return `${revision.name}: marked bad, ${standing.because}`
    case 'served':
      return `${revision.name}: served too briefly to be trusted`
    case 'unproven':
      return `${revision.name}: not known to have worked`
    case 'given':
      return `${revision.name}: ${standing.because}`
    case 'verified':
      return `${revision.name}: verified`
  }
}
