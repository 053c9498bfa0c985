/** From the mildest to the gravest; where rules differ, the gravest is the answer. */
export const verdicts = [
  'continue',
  /** Not enough seen yet; more time brings an answer. */
  'wait',
  /** The figures cannot be trusted or are not there: never good, whatever they say. */
  'inconclusive',
  /** Everything suffers, the canary no more than the rest. */
  'external_factor',
  'pause_and_ask',
  'auto_rollback',
] as const
export type Verdict = (typeof verdicts)[number]

/** What one rule says, with all that a person needs to check it. */
export interface Finding {
  /** The rule's id in the policy. */
  readonly rule: string
  readonly verdict: Verdict
  /** How long an automatic rollback by this rule may still be cancelled, beyond the service's own countdown. */
  readonly delaySeconds: number
  /** What is compared with the threshold, in the rule's unit; `null` where nothing could be measured. */
  readonly measured: number | null
  readonly threshold: number | null
  /** Requests of the smaller arm, or readings of a series. */
  readonly samples: number
  readonly because: string
  readonly wouldChange: string
  /** For `wait`: how long at the present traffic; `null` where no time would do. */
  readonly moreMinutes?: number | null
}

export const isWorse = (one: Verdict, other: Verdict): boolean =>
  verdicts.indexOf(one) > verdicts.indexOf(other)

/** 0.0123 as `1.23 %`. */
export const percent = (share: number): string => `${round(share * 100)} %`

/** Three digits that matter, as people write them. */
export const round = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'infinitely many'

/** As it stands in the middle of a sentence. */
export const uncapitalised = (text: string): string =>
  text.slice(0, 1).toLowerCase() + text.slice(1)
