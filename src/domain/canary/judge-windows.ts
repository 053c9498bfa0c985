import { atLeast, moreThan, pWorse, ratioOf } from './compare.ts'
import { eProcess } from './e-process.ts'
import { type Finding, percent, round, type Verdict } from './finding.ts'
import type { JudgePolicy } from './judge-policy.ts'
import { latestRun, rate, type Run, total, type Window } from './windows.ts'

/** Three windows in a row, each of them worse than chance (policy §4, guards 1 to 4 and 6); the ratio over the three chooses the band. */
export function judgeWindows(all: readonly Window[], policy: JudgePolicy): Finding {
  const run = latestRun(all, policy)
  const judged = run.windows.slice(-policy.consecutiveWindows)
  if (judged.length < policy.consecutiveWindows) return tooFew(run, policy)
  if (judged.every(isIdentical)) return finding(judged, policy, 'inconclusive', sameSeries)

  const ratio = ratioOf(judged)
  if (ratio === Infinity) return byEvidence(run.windows, judged, policy)
  const worse = judged.filter(({ canary, baseline }) => isSignificant(canary, baseline, policy))
  const seen = `the canary fails ${percent(rate(total(judged, 'canary')))} of its requests, the baseline ${percent(rate(total(judged, 'baseline')))}`
  if (worse.length < judged.length || ratio === null)
    return finding(judged, policy, 'continue', {
      because: `In ${worse.length} of the last ${judged.length} windows the canary is worse than chance explains: ${seen}`,
      wouldChange: `${policy.consecutiveWindows} such windows in a row, from a ratio of ${policy.pauseFrom} on`,
    })
  return finding(judged, policy, band(ratio, policy), {
    because: `${judged.length} windows in a row are worse than chance explains: ${seen}, ${round(ratio)} times as many`,
    wouldChange: `A window that chance explains, or a ratio across ${policy.pauseFrom} or ${policy.rollBackAbove}`,
  })
}

/** Whether the canary stands out in the windows there are, enough of them to act or not. */
export function isCanaryWorse(windows: readonly Window[], policy: JudgePolicy): boolean {
  const ratio = ratioOf(windows)
  return (
    ratio !== null &&
    atLeast(ratio, policy.pauseFrom) &&
    windows.some(({ canary, baseline }) => isSignificant(canary, baseline, policy))
  )
}

function isSignificant(
  canary: Window['canary'],
  baseline: Window['baseline'],
  policy: JudgePolicy,
): boolean {
  return pWorse(canary, baseline, policy.minExpected) < policy.significance
}

function band(ratio: number, { pauseFrom, rollBackAbove }: JudgePolicy): Verdict {
  if (moreThan(ratio, rollBackAbove)) return 'auto_rollback'
  return atLeast(ratio, pauseFrom) ? 'pause_and_ask' : 'continue'
}

/** With no error on the baseline the ratio is infinite and says nothing about how sure it is: the evidence decides. */
function byEvidence(
  run: readonly Window[],
  judged: readonly Window[],
  policy: JudgePolicy,
): Finding {
  const { alphaPause, alphaRollBack, pauseNull, rollBackNull, grid } = policy.evidence
  const batches = run.map(
    ({ canary, baseline }) =>
      [canary.errors, canary.requests, baseline.errors, baseline.requests] as const,
  )
  const p = (r0: number) => eProcess({ r0, grid, batches }).pAnytime
  const { errors, requests } = total(judged, 'canary')
  const verdict: Verdict =
    p(rollBackNull) <= alphaRollBack
      ? 'auto_rollback'
      : p(pauseNull) <= alphaPause
        ? 'pause_and_ask'
        : 'continue'
  return finding(judged, policy, verdict, {
    because: `The canary failed ${round(errors)} of ${requests} requests, the baseline none: chance explains that with p = ${round(p(pauseNull))}`,
    wouldChange: 'Errors on the baseline, or more or fewer on the canary',
  })
}

const sameSeries = {
  because:
    'Both arms report exactly the same counts: the two queries probably read the same series',
  wouldChange: 'Queries that tell the canary from the baseline',
}

const isIdentical = ({ canary, baseline }: Window): boolean =>
  canary.requests === baseline.requests && canary.errors === baseline.errors

function tooFew({ windows, endedBy, before }: Run, policy: JudgePolicy): Finding {
  const { consecutiveWindows, windowMinutes, minRequests } = policy
  const because = `${windows.length} of ${consecutiveWindows} windows in a row`
  const missing = (consecutiveWindows - windows.length) * windowMinutes
  const wouldChange = `${missing} more minutes of data without a gap`
  if (endedBy === 'unreadable')
    return finding(windows, policy, 'inconclusive', {
      because: `${because}: the one before holds no counts that can be read`,
      wouldChange,
    })
  if (endedBy !== 'small' || before === undefined)
    return {
      ...finding(windows, policy, 'wait', {
        because: endedBy === 'gap' ? `${because} since a gap in the data` : because,
        wouldChange,
      }),
      moreMinutes: missing,
    }

  const fewest = Math.min(before.canary.requests, before.baseline.requests)
  const arm = before.canary.requests === fewest ? 'canary' : 'baseline'
  const perMinute = fewest / (before.toMinutes - before.fromMinutes)
  const moreMinutes = fewest > 0 ? consecutiveWindows * Math.ceil(minRequests / perMinute) : null
  return {
    ...finding([before], policy, 'wait', {
      because: `The ${arm} served ${round(fewest)} requests in a window, ${minRequests} are needed`,
      wouldChange:
        moreMinutes === null
          ? `Traffic on the ${arm}`
          : `More traffic on the ${arm}; as it is, ${consecutiveWindows} windows that hold enough take ${moreMinutes} minutes`,
    }),
    moreMinutes,
  }
}

function finding(
  windows: readonly Window[],
  policy: JudgePolicy,
  verdict: Verdict,
  words: Pick<Finding, 'because' | 'wouldChange'>,
): Finding {
  return {
    rule: 'canary-ratio',
    verdict,
    delaySeconds: 0,
    measured: ratioOf(windows),
    threshold: policy.rollBackAbove,
    samples: Math.min(total(windows, 'canary').requests, total(windows, 'baseline').requests),
    ...words,
  }
}
