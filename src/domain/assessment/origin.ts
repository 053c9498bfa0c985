import { clock, coarse, list } from '#domain/communication/words.ts'
import type { ServiceId } from '#domain/ids.ts'
import { between, type Instant } from '#domain/time.ts'
import type { AssessmentPolicy } from './policy.ts'

/** A service that this one needs, or that went out in the same hour. */
export interface Neighbour {
  readonly service: ServiceId
  readonly state: 'healthy' | 'sick' | 'unknown'
  /** Since when it is sick, where that is known. */
  readonly since: Instant | null
  /** It was as sick when the oldest figure was taken: that alone explains nothing that began later. */
  readonly asAlways?: true
}

/** Another service, of which a version went out. */
export interface AlsoChanged {
  readonly service: ServiceId
  readonly version: string
  readonly at: Instant
}

export interface Circumstances {
  readonly now: Instant
  /** The version that runs, and since when; null when nothing was ever seen to be deployed. */
  readonly deployed: {
    readonly version: string
    readonly at: Instant
    readonly orEarlier: boolean
  } | null
  /** When the figures left what is normal; null when that cannot be told. */
  readonly onset: Instant | null
  /** They were wrong already when the oldest figure that was read was taken. */
  readonly onsetOrEarlier?: boolean
  readonly dependencies: readonly Neighbour[]
  /** What else went out within the hour; left out where nobody could look. */
  readonly alsoChanged?: readonly AlsoChanged[]
  /** Whether the version before suffers as well, where both serve side by side; null when only one does. */
  readonly baselineSuffers: boolean | null
  /** Why it is the canary's alone, where that was measured side by side or somebody said so. */
  readonly onlyCanary?: string
  /** A canary of which nobody can say yet whether it is to blame; `since` is null where not even its figures can be read. */
  readonly undecidedCanary?: { readonly since: Instant | null }
}

/** Where the trouble comes from, as far as times and neighbours tell. */
export type Origin =
  | { readonly kind: 'deploy'; readonly because: string }
  /** A new version beside the one that runs, and that alone. */
  | { readonly kind: 'canary'; readonly because: string }
  | { readonly kind: 'elsewhere'; readonly because: string }
  | { readonly kind: 'unknown'; readonly because: string }

/** What suffered before the deploy, or together with what it depends on, a rollback does not cure. */
export function originOf(seen: Circumstances, policy: AssessmentPolicy): Origin {
  const { now, deployed, onset, dependencies, baselineSuffers } = seen
  if (baselineSuffers === true)
    return { kind: 'elsewhere', because: 'the version before suffers just as much' }
  // Both arms share what they depend on, and the hour.
  if (seen.onlyCanary !== undefined) return { kind: 'canary', because: seen.onlyCanary }
  const isOnsetKnown = onset !== null && !seen.onsetOrEarlier
  const sick = dependencies.filter(({ state }) => state === 'sick')
  const earlier = sick.filter(
    ({ since, asAlways }) =>
      !(asAlways && isOnsetKnown) && (onset === null || since === null || since <= onset),
  )
  if (earlier.length > 0)
    return {
      kind: 'elsewhere',
      because: `${list(earlier.map(({ service }) => service))}, which it depends on, ${earlier.length === 1 ? 'is' : 'are'} sick as well`,
    }
  if (seen.undecidedCanary) {
    const { since } = seen.undecidedCanary
    return {
      kind: 'unknown',
      because:
        since === null
          ? 'whether a canary serves beside it, and suffers, cannot be read'
          : `a canary serves beside it since ${clock(since, now)}, and which of the two suffers cannot be told yet`,
    }
  }
  if (!deployed) return { kind: 'unknown', because: 'nothing is known to have been deployed' }
  const { version, at, orEarlier } = deployed
  if (onset !== null && !orEarlier && between(onset, at) > policy.beforeDeploy)
    return {
      kind: 'elsewhere',
      because: `it began at ${clock(onset, now)}, ${coarse(between(onset, at))} before ${version} went out`,
    }
  // Days that went well speak for a version, and against going back to an older one.
  if (onset !== null && !seen.onsetOrEarlier && between(at, onset) > policy.recentDeploy)
    return {
      kind: 'elsewhere',
      because: `it began at ${clock(onset, now)}, when ${version} had run for ${coarse(between(at, onset))}: it is hardly the deploy`,
    }
  if (between(at, now) > policy.recentDeploy)
    return {
      kind: 'unknown',
      because: `${version} has run for ${coarse(between(at, now))}: it is hardly the deploy`,
    }
  const always = sick.filter(({ asAlways }) => asAlways)
  if (always.length > 0)
    return {
      kind: 'unknown',
      because: `${list(always.map(({ service }) => service))}, which it depends on, ${always.length === 1 ? 'was' : 'were'} as sick before it began: whether it is the deploy cannot be told`,
    }
  if (onset === null) return { kind: 'deploy', because: `${version} went out at ${clock(at, now)}` }
  const after = between(at, onset)
  return {
    kind: 'deploy',
    because:
      after > 0
        ? `it began ${coarse(after)} after ${version} went out at ${clock(at, now)}`
        : `it began as ${version} went out at ${clock(at, now)}`,
  }
}
