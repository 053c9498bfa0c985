import { instant } from '#domain/time.ts'
import { anytimeP, type Evidence, logE, mantelHaenszel, noEvidence, withBatch } from './evidence.ts'

/** [canary errors, canary requests, baseline errors, baseline requests] of one batch. */
export type CountedBatch = readonly [number, number, number, number]

interface EProcess {
  /** ln e after each batch. */
  readonly logE: readonly number[]
  readonly pAnytime: number
  readonly mhRatio: number | null
}

/** Runs the evidence (`evidence.ts`) over disjoint batches in their order: a minute each, as far as anybody asks. Throws a RangeError for what are no counts. */
export function eProcess({
  r0,
  grid,
  batches,
}: {
  readonly r0: number
  readonly grid: readonly number[]
  readonly batches: readonly CountedBatch[]
}): EProcess {
  let evidence: Evidence = noEvidence(r0, grid)
  const trail: number[] = []
  for (const [index, [canaryErrors, canaryRequests, errors, requests]] of batches.entries()) {
    evidence = withBatch(evidence, {
      from: instant(index * minute),
      to: instant((index + 1) * minute),
      canary: { requests: canaryRequests, errors: canaryErrors },
      baseline: { requests, errors },
    })
    trail.push(logE(evidence))
  }
  return { logE: trail, pAnytime: anytimeP(evidence), mhRatio: mantelHaenszel(evidence) }
}

const minute = 60_000_000
