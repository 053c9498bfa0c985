import { judgeAbsolute } from '#domain/canary/judge-absolute.ts'
import type { AbsoluteRule, JudgePolicy } from '#domain/canary/judge-policy.ts'
import { type Micros, seconds } from '#domain/time.ts'
import { type AutomationSettings, togetherFor } from './settings.ts'
import { type Fired, type SeriesTrigger, triggers } from './triggers.ts'
import { brokenText } from './words.ts'

type Combine = Pick<AutomationSettings, 'combine'>

/** The bound of a trigger and for how long it is broken; with others, for longer than all must last together. */
export function boundOf(
  rule: SeriesTrigger,
  { combine }: Combine,
  step: Micros,
  judge: JudgePolicy,
): AbsoluteRule | undefined {
  const bound = judge.absolute[triggers[rule].metric]
  const least = combine === 'all' ? (togetherFor + step) / seconds(1) : 0
  return bound && { ...bound, sustainedSeconds: Math.max(bound.sustainedSeconds, least) }
}

/** Whether readings, the newest last and one a `step`, break the bound of a trigger for as long as it asks. */
export function brokenBy(
  rule: SeriesTrigger,
  readings: readonly (number | null)[],
  combine: Combine,
  step: Micros,
  judge: JudgePolicy,
):
  | (Pick<Fired, 'measured' | 'threshold' | 'because' | 'delayMicros'> & {
      readonly says: 'roll_back' | 'ask'
    })
  | undefined {
  const { metric } = triggers[rule]
  const bound = boundOf(rule, combine, step, judge)
  if (!bound) return undefined
  const values = readings.map((value) => value ?? Number.NaN)
  const { verdict, measured, threshold, delaySeconds } = judgeAbsolute(
    { metric, stepSeconds: step / seconds(1), values },
    { ...judge, absolute: { [metric]: bound } },
  )
  if (verdict !== 'auto_rollback' && verdict !== 'pause_and_ask') return undefined
  return {
    says: verdict === 'auto_rollback' ? 'roll_back' : 'ask',
    measured,
    threshold,
    because: brokenText(rule, { ...bound, measured, threshold }),
    delayMicros: seconds(delaySeconds),
  }
}

/** What a handful of requests shows is shown to a person. */
export const tooFew = (requests: number | null | undefined, least: number): string | undefined =>
  requests === undefined || requests === null || requests >= least
    ? undefined
    : `it is of ${requests} requests only; fewer than ${least} prove nothing`
