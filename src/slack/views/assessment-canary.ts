import { inSentence } from '#domain/assessment/canary-findings.ts'
import type { AssessmentState } from '#domain/assessment/state.ts'
import type { Verdict } from '#domain/canary/finding.ts'
import { total, type Window } from '#domain/canary/windows.ts'
import { clock, percent } from '#domain/communication/words.ts'
import { bold, lines, type Markup, mrkdwn } from './markup.ts'

/** Both arms over the windows that were judged, and what the judge says. */
export function canaryText({ latest: { measured, found } }: AssessmentState): Markup | undefined {
  const { canary, circumstances } = measured
  if (!canary) return undefined
  const { judgement, windows, since } = canary
  const last = windows.slice(-3)
  const isNoBetter = judgement.verdict === 'auto_rollback' && !canary.isAlone
  const sentence = inSentence(judgement)
  const why = found.because.includes(sentence) ? '' : `: ${sentence}`
  return lines(
    mrkdwn`${bold('The canary')}  ${isNoBetter ? 'is bad, and what runs beside it is no better' : judgements[judgement.verdict]}${why}`,
    since === null || last.length === 0
      ? undefined
      : mrkdwn`serves since ${clock(since, circumstances.now)} or a little later; in the last ${last.length * 5} min it failed ${armText(last, 'canary')}, beside it ${armText(last, 'baseline')}`,
  )
}

function armText(windows: readonly Window[], arm: 'canary' | 'baseline'): string {
  const { requests, errors } = total(windows, arm)
  return Number.isFinite(errors) && requests > 0
    ? `${percent(errors / requests)} of ${requests} requests`
    : 'nobody knows how much'
}

const judgements: Readonly<Record<Verdict, string>> = {
  continue: 'is as good as what runs beside it',
  wait: 'cannot be judged yet',
  inconclusive: 'cannot be judged',
  external_factor: 'is not at fault',
  pause_and_ask: 'needs a person to decide',
  auto_rollback: 'is worse than what runs beside it',
}
