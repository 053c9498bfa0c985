import { atLeast, pWorse } from './compare.ts'
import type { Counts } from './evidence.ts'
import { type Finding, percent } from './finding.ts'
import type { JudgePolicy } from './judge-policy.ts'
import { isCanaryWorse } from './judge-windows.ts'
import { isReadable, latestRun, rate, total, type Window } from './windows.ts'

/**
 * Whether the baseline suffers, too, and the canary no more than it (policy §4, guard 5): then something outside both is at fault.
 * `undefined` when it is not so, or nothing can be said.
 */
export function judgeExternal(
  windows: readonly Window[],
  before: Counts | undefined,
  policy: JudgePolicy,
): Finding | undefined {
  const latest = latestRun(windows, policy).windows.slice(-policy.consecutiveWindows)
  if (latest.length === 0 || isCanaryWorse(latest, policy)) return undefined

  const now = total(latest, 'baseline')
  const isDoubled = before !== undefined && hasGrown(before, now, policy)
  if (!isDoubled && rate(now) <= policy.external.rateAbove) return undefined
  return {
    rule: 'external-factor',
    verdict: 'external_factor',
    delaySeconds: 0,
    measured: rate(now),
    threshold:
      isDoubled && before ? rate(before) * policy.external.timesBefore : policy.external.rateAbove,
    samples: now.requests,
    because: `The baseline fails ${percent(rate(now))} of its requests${before ? `, ${percent(rate(before))} before the deploy` : ''}, and the canary is not worse than it`,
    wouldChange: 'A baseline back to normal, or a canary that is worse than it',
  }
}

/** At least so many times its own rate of before, and more than chance explains. */
function hasGrown(before: Counts, now: Counts, policy: JudgePolicy): boolean {
  return (
    isReadable(before) &&
    before.requests > 0 &&
    atLeast(rate(now), rate(before) * policy.external.timesBefore) &&
    pWorse(now, before, policy.minExpected) < policy.significance
  )
}
