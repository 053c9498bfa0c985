import type { RollbackState } from '#domain/rollback/state.ts'
import { isInDoubt, type Paused } from '#domain/rollback/sync.ts'
import type { SeenGoing } from '#domain/rollback/sync-events.ts'
import type { Instant } from '#domain/time.ts'
import { clock } from './words.ts'

/** One that somebody else let go on. */
export type Ended = Omit<Paused, 'ended'> & {
  /** `at`: when it was seen, where that is not said beside it. */
  readonly ended: SeenGoing & { readonly at?: Instant }
}

export const endedSyncs = ({ sync }: Pick<RollbackState, 'sync'>): readonly Ended[] =>
  (sync?.paused ?? []).flatMap(({ ended, ...one }) => (ended ? [{ ...one, ended }] : []))

/** Those by which what the rollback brought back may be gone, or go; none once it is taken back. */
export const doubtedSyncs = (of: Pick<RollbackState, 'sync' | 'phase'>): readonly Ended[] =>
  of.phase === 'undone' ? [] : endedSyncs(of).filter(({ ended }) => isInDoubt(ended))

/** What was seen of it, in sentences. */
export function endedFacts({ tool, name, ended }: Ended, of: RollbackState, now: Instant): string {
  const { service } = of
  if (ended.then === 'gone')
    return `${tool} (${name}) is not there any more, and brings ${service} nothing.`
  if (ended.then === 'off')
    return `${tool} (${name}) was switched off again, and brings ${service} nothing.`
  const who =
    ended.by === 'countermand'
      ? 'Countermand switched it on for another rollback'
      : `${ended.by ?? 'somebody'} switched it on`
  const since = ended.since === null ? '' : ` at ${clock(ended.since, now)}`
  const again = `${tool} (${name}) brings ${service} what Git has again: ${who}${since}, not this rollback.`
  // What it would have taken back is taken back.
  if (of.phase === 'undone') return again
  return `${again} ${thenWords(ended, of, now)}`
}

function thenWords({ then, why, at }: Ended['ended'], of: RollbackState, now: Instant): string {
  const seen = at === undefined ? '' : `, as seen at ${clock(at, now)}`
  const bad = versions(of).bad
  switch (then) {
    case 'keeps':
      return 'Git has what runs.'
    case 'undoes':
    case 'unknown':
      return `${sentence(why ?? 'what Git has is not known')}${seen}: ${bad} may come back.`
    case 'brought':
      return `${why ?? 'Somebody'} has written ${of.service} since${seen}: ${bad} may run again.`
    case 'gone':
    case 'off':
      return ''
  }
}

/** What to do about it; empty where nothing is to be done. */
export function endedAdvice({ name, ended }: Ended, of: RollbackState): string {
  if (of.phase === 'undone') return ''
  const { good } = versions(of)
  const left = isHelm(name) ? helmKeeps(good) : ended.isOurs ? keepsFields(good) : ''
  switch (ended.then) {
    case 'undoes':
    case 'unknown':
      return ` Put ${good} into Git, or switch the sync off there.${left}`
    case 'brought':
      return ` See which version of ${of.service} runs now, and decide on that.${left}`
    case 'off':
      return ` Put ${good} into Git before somebody switches it on.`
    case 'keeps':
    case 'gone':
      return left
  }
}

/** Of what was let go on by us: what Helm leaves where it is. */
export const leftByHelm = (on: readonly Paused[], of: RollbackState): string =>
  on.some(({ name }) => isHelm(name)) ? helmKeeps(versions(of).good) : ''

const isHelm = (name: string): boolean => name.startsWith('HelmRelease ')
const helmKeeps = (good: string): string =>
  ` Helm compares its releases with each other: what only ${good} had may stay after the next one.`
const keepsFields = (good: string): string =>
  ` What only ${good} had was not handed over and may stay when Git brings the next version.`

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

const versions = ({ phase, plan }: RollbackState) => {
  const from = plan?.from.name ?? 'the version before'
  const to = plan?.to.name ?? 'what runs'
  return phase === 'undone' ? { good: from, bad: to } : { good: to, bad: from }
}
