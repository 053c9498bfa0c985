import type { FlaggerCanary } from '../objects.ts'

/** The shares of the traffic at which Flagger stops to ask, ascending; none where it only tries a version beside the traffic. */
export function stopsOf({ spec }: Pick<FlaggerCanary, 'spec'>): readonly number[] {
  const { stepWeights, stepWeight = 0, maxWeight = 100, iterations = 0 } = spec.analysis ?? {}
  if (iterations > 0 || spec.provider === 'kubernetes') return []
  if (stepWeight > 0) {
    const count = Math.ceil(Math.min(100, maxWeight) / stepWeight)
    return Array.from({ length: count }, (_, index) => Math.min(100, (index + 1) * stepWeight))
  }
  return stepWeights ?? []
}
