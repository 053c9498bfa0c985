import { isSameJson } from '#domain/json.ts'
import type { CanaryState } from '#domain/promotion/canary.ts'
import type { Blocker } from '#domain/rollback/plan.ts'
import type { Target } from '#domain/service.ts'
import { noLeg } from '#executors/closed.ts'
import { unlessGone } from '#executors/unless-gone.ts'
import type { Checked } from '#executors/define-executor.ts'
import { Superseded } from '#ports/executor.ts'
import type { Leg, Promoter } from '#ports/promoter.ts'
import { changeTo, undoOf } from './change.ts'
import type { NginxParts } from './context.ts'
import { isFileGone, Unreadable, wordsFor } from './file.ts'
import { observe } from './observe.ts'
import { openConnections, usual } from './route.ts'
import { type Division, NginxTarget } from './schema.ts'
import { idOf, nameOf, see, type Seen } from './seen.ts'
import { verify, verifyShare } from './verify.ts'

/** A pipeline that takes the file away and writes it anew is done by then. */
const usualMissingMs = 3_000

interface Found {
  readonly own: Checked<NginxTarget>
  readonly seen: Seen
  readonly state: CanaryState
}

/** A canary that has a share of the requests: nginx gives it any other share, all of them, or none. Nothing is started or stopped. */
export function nginxPromoter(parts: NginxParts): Promoter {
  const again = async (target: Target, old: CanaryState, signal: AbortSignal): Promise<Found> => {
    const found = await find(parts, target, signal)
    if (isSameJson(found.state.precondition, old.precondition)) return found
    throw new Superseded(`${target.title} changed while the plan was made`)
  }
  const away = async (target: Target, old: CanaryState, signal: AbortSignal) => {
    const found = await again(target, old, signal)
    return legTo(parts, found, { serving: found.seen.division.serving, canary: null }, signal)
  }
  return {
    covers: () => true,
    isBeside: () => false,
    canary: async (target, signal) => {
      const missingMs = parts.missingMs ?? usualMissingMs
      const missing = async () =>
        (await isFileGone(NginxTarget.parse(target.spec), missingMs, signal))
          ? target.title
          : undefined
      return (await unlessGone(find(parts, target, signal), missing)).state
    },
    async forward(target, old, share, _operation, signal) {
      const found = await again(target, old, signal)
      const { division, newest } = found.seen
      const after: Division =
        share === 100
          ? { serving: newest.slot, canary: null }
          : { ...division, canary: { slot: newest.slot, percent: share } }
      return legTo(parts, found, after, signal)
    },
    away: (target, old, _operation, signal) => away(target, old, signal),
    ways: async (target, old, _pace, _operation, signal) => [
      {
        ...(await away(target, old, signal)),
        mechanism: 'nginx-canary',
        collapse: [],
        collapseHow: null,
      },
    ],
    async hold(target, old, _operation, signal) {
      await again(target, old, signal)
      // Its share stays as it is written, and nothing moves by itself.
      return noLeg([])
    },
    async changedSince(target, precondition, signal) {
      const own = { ...target, spec: NginxTarget.parse(target.spec) }
      const seen = await see(parts, own, signal).catch((error: unknown) => {
        if (error instanceof Unreadable) return undefined
        throw error
      })
      if (!seen) return `${target.title} is gone`
      return isSameJson(preconditionOf(seen), precondition)
        ? undefined
        : `requests of ${target.title} were divided otherwise, or another version came, meanwhile`
    },
    async verify(target, goal, signal) {
      const own = { ...target, spec: NginxTarget.parse(target.spec) }
      const { share, canary, stable } = goal
      if (share > 0 && share < 100) return verifyShare(parts, own, goal, signal)
      return verify(parts, own, share === 0 ? stable : canary, signal)
    },
  }
}

async function find(parts: NginxParts, target: Target, signal: AbortSignal): Promise<Found> {
  const own = { ...target, spec: NginxTarget.parse(target.spec) }
  const [observed, seen] = await Promise.all([observe(parts, own, signal), see(parts, own, signal)])
  const [stable] = observed.history
  const canary = seen.division.canary && stable ? observed.running : undefined
  const state: CanaryState = {
    stable: canary && stable ? stable : observed.running,
    canary,
    share: canary ? (seen.division.canary?.percent ?? 0) : 0,
    of: 'traffic',
    stops: undefined,
    units: { noun: 'slots', count: 1, ready: seen.newest.answered.ok ? 1 : 0 },
    precondition: preconditionOf(seen),
    // The card says itself how the requests are divided.
    warnings: observed.warnings.filter(({ kind }) => kind !== 'traffic'),
    blockers: observed.blockers,
  }
  return { own, seen, state }
}

const partOf = (share: number): string =>
  share === 0 ? 'no requests' : share === 100 ? 'all requests' : `${share} % of the requests`

const preconditionOf = (seen: Seen) => ({
  division: seen.division,
  newest: idOf(seen.newest),
  other: idOf(seen.other),
})

async function legTo(
  { program, scrub }: NginxParts,
  { own, seen, state }: Found,
  after: Division,
  signal: AbortSignal,
): Promise<Leg> {
  if (!state.canary || !seen.division.canary)
    return noLeg([{ kind: 'unsupported', why: 'no canary is under way' }])
  const share = after.canary?.percent ?? (after.serving === seen.newest.slot ? 100 : 0)
  const getting = share === 0 ? seen.other : seen.newest
  const tested = await program.test(own.spec.sudo, signal)
  const blockers: readonly Blocker[] = [
    ...(getting.answered.ok
      ? []
      : [
          {
            kind: 'target_missing' as const,
            revision: nameOf(getting),
            why: `slot ${getting.slot} ${getting.answered.why}`,
          },
        ]),
    ...(tested.code === 0
      ? []
      : [
          {
            kind: 'refused_by_platform' as const,
            message: `nginx would not load its configuration as it is: ${scrub(tested.says)}`,
          },
        ]),
  ]
  if (blockers.length > 0) return noLeg(blockers)
  return {
    steps: [
      {
        name: `requests divided: ${wordsFor(after)}`,
        change: changeTo('share', own, seen, after),
        undo: undoOf('share', own, seen, after),
        settles: 'answers',
        onFailure: 'undo',
      },
    ],
    how: `slot ${seen.newest.slot} gets ${partOf(share)}: nginx tests the file and loads it, and then who answers is counted`,
    reaches: share,
    expectedMicros: usual,
    differences: [
      {
        what: 'other',
        where: `nginx upstream ${own.spec.upstream}`,
        from: wordsFor(seen.division),
        to: wordsFor(after),
      },
    ],
    warnings: [openConnections],
    blockers: [],
  }
}
