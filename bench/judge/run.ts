import {
  type Batch,
  defaultJudgePolicy,
  type Evidence,
  judge,
  type JudgeInput,
  noEvidence,
  withBatch,
} from '#domain/canary/index.ts'
import { instant, minutes } from '#domain/time.ts'
import type { Random } from './random.ts'

/** One canary's hour after its warm-up, on a service with 1000 requests a second. */
export interface World {
  /** Error rate of the baseline, and the share of traffic that the canary begins with. */
  readonly base: number
  readonly share: number
  /** How many times the baseline's rate the canary has; 1 is a healthy one. */
  readonly ratio: number
  /** Traffic moves to the canary in steps while an incident hits both arms alike. */
  readonly isRamp?: boolean
  /** How much the true rates of the arms vary although nothing is wrong with either. */
  readonly variation?: number
}

export interface Outcome {
  /** Minutes after the warm-up at which a person would have been asked, or more; Infinity when never. */
  readonly pausedAt: number
  readonly rolledBackAt: number
  /** When the judge first called the canary good. */
  readonly calledGoodAt: number
  readonly last: ReturnType<typeof judge>
}

const requestsPerMinute = 60_000
/** One a minute. */
export const looks = 60
const { warmupMinutes, windowMinutes, evidence: settings } = defaultJudgePolicy

/** Looks every minute, as somebody who asks `/assess` again and again; stops when the canary is rolled back. */
export function run(world: World, chance: Random): Outcome {
  const { traffic, rates } = conditions(world, chance)
  let pause = noEvidence(settings.pauseNull, settings.grid)
  let rollBack: Evidence = noEvidence(settings.rollBackNull, settings.grid)
  const batches: Batch[] = []
  let pausedAt = Infinity
  let calledGoodAt = Infinity
  for (let look = 1; ; look += 1) {
    const from = warmupMinutes + look - 1
    const batch = {
      from: instant(minutes(from)),
      to: instant(minutes(from + 1)),
      canary: sample(chance, traffic(look), rates(look).canary),
      baseline: sample(chance, requestsPerMinute - traffic(look), rates(look).baseline),
    }
    batches.push(batch)
    pause = withBatch(pause, batch)
    rollBack = withBatch(rollBack, batch)
    const last = judge({
      now: batch.to,
      evidence: [{ metric: 'errors', pause, rollBack }],
      // Windows say something new only when one is full.
      ...(look % windowMinutes === 0 ? windowsOf(batches, world, chance) : {}),
    })
    const isRolledBack = last.verdict === 'auto_rollback'
    if (isRolledBack || last.verdict === 'pause_and_ask') pausedAt = Math.min(pausedAt, look)
    if (last.verdict === 'continue') calledGoodAt = Math.min(calledGoodAt, look)
    if (isRolledBack || look === looks)
      return { pausedAt, rolledBackAt: isRolledBack ? look : Infinity, calledGoodAt, last }
  }
}

function conditions({ base, share, ratio, isRamp, variation }: World, chance: Random) {
  const factor = () => (variation === undefined ? 1 : chance.gammaFactor(variation))
  const own = { canary: base * ratio * factor(), baseline: base * factor() }
  const incident = { from: Math.ceil(chance.uniform() * 45), minutes: 15, times: 10 }
  const steps = [share, 0.05, 0.25, 0.5]
  return {
    traffic: (look: number) => {
      const step = isRamp ? (steps[Math.floor(((look - 1) / looks) * steps.length)] ?? share) : 0
      return Math.round(requestsPerMinute * Math.max(share, step))
    },
    rates: (look: number) => {
      const isIncident = isRamp && look >= incident.from && look < incident.from + incident.minutes
      const times = isIncident ? incident.times : 1
      return { canary: own.canary * times, baseline: own.baseline * times }
    },
  }
}

function sample(chance: Random, requests: number, rate: number) {
  return { requests, errors: chance.binomial(requests, Math.min(1, rate)) }
}

function windowsOf(batches: readonly Batch[], { base }: World, chance: Random): JudgeInput {
  const windows = []
  for (let from = 0; from < batches.length; from += windowMinutes) {
    const batchesOf = batches.slice(from, from + windowMinutes)
    const arm = (name: 'canary' | 'baseline') => ({
      requests: batchesOf.reduce((sum, batch) => sum + batch[name].requests, 0),
      errors: batchesOf.reduce((sum, batch) => sum + batch[name].errors, 0),
    })
    windows.push({
      fromMinutes: warmupMinutes + from,
      toMinutes: warmupMinutes + from + windowMinutes,
      canary: arm('canary'),
      baseline: arm('baseline'),
    })
  }
  return { windows, baselineBefore: sample(chance, requestsPerMinute * 60, base) }
}
