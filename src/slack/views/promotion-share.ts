import type { PromotionState } from '#domain/promotion/state.ts'

export const shareText = (share: number): string => (share >= 100 ? 'full' : `${share} %`)

/** The step, and what the canary really takes where that differs. */
export function standsAt({ step, look }: PromotionState): string {
  const really = Math.round(look?.canary.share ?? step.share)
  return Math.abs(really - step.share) < 1
    ? `${step.share} %`
    : `${step.share} % (really ${really} %)`
}
