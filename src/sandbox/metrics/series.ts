import { createHash } from 'node:crypto'
import type { BehaviourOf } from '#sandbox/cluster/changing-behaviour.ts'
import { armOf, type History, type Serving } from './history.ts'

/** One sample every 5 s: closer than most scrape, so that the page moves soon after the pods do. */
export const stepMs = 5_000

export const seriesNames = [
  'service:error_rate',
  'service:p95_seconds',
  'service:requests_per_second',
  'arm:requests',
  'arm:errors',
] as const
export type SeriesName = (typeof seriesNames)[number]

interface Parts {
  readonly history: History
  readonly behaviourOf: BehaviourOf
  /** The same seed gives the same noise. */
  readonly seed: string
}

const normal = { errorRate: 0.001, p95Seconds: 0.18 }
const busiest: Readonly<Record<string, number>> = {
  checkout: 420,
  payments: 160,
  cart: 240,
  search: 250,
  orders: 200,
  reviews: 90,
  vouchers: 60,
  tracking: 120,
  loyalty: 80,
}

/** The sample of a series at a multiple of the step (ms); `undefined` where there is none. */
export function sampleAt(
  { history, behaviourOf, seed }: Parts,
  name: SeriesName,
  service: string,
  at: number,
  /** Of the series that tell a canary from the rest. */
  track = '',
): number | undefined {
  const serving = history.at(service, at)
  if (serving === undefined) return undefined
  const arm = track === '' ? serving : history.at(armOf(service, track), at)
  if (arm === undefined || (track !== '' && arm.ready.size === 0)) return undefined
  const wobble = 1 + 0.06 * noise(`${seed}/${name}/${service}/${at}`)
  const meanOf = (what: keyof typeof normal) =>
    mean(serving, (image) => (behaviourOf(image, at).traffic ?? normal)[what])
  switch (name) {
    case 'arm:requests':
      return servedBy(arm, serving, service, at)
    case 'arm:errors':
      return servedBy(arm, serving, service, at) * mean(arm, rateOf(behaviourOf, at)) * wobble
    case 'service:requests_per_second':
      return (busiest[service] ?? 30) * timeOfDay(at) * wobble
    case 'service:error_rate':
      // Nothing serves: whatever stands in front answers 503.
      return serving.ready.size === 0 ? 1 : meanOf('errorRate') * wobble
    case 'service:p95_seconds':
      // Latency is that of successful requests; without any there is no sample.
      return serving.ready.size === 0 ? undefined : meanOf('p95Seconds') * wobble
  }
}

/** Requests of one step: every pod has the same share of them. */
const servedBy = (arm: Serving, all: Serving, service: string, at: number): number =>
  (((busiest[service] ?? 30) * timeOfDay(at) * stepMs) / 1_000) * (podsOf(arm) / podsOf(all))

const podsOf = ({ ready }: Serving): number => [...ready.values()].reduce((sum, n) => sum + n, 0)
const rateOf = (behaviourOf: BehaviourOf, at: number) => (image: string) =>
  (behaviourOf(image, at).traffic ?? normal).errorRate

/** By the share of ready pods that run each version. */
function mean({ ready }: Serving, figureOf: (image: string) => number): number {
  let total = 0
  let pods = 0
  for (const [image, count] of ready) {
    total += figureOf(image) * count
    pods += count
  }
  return total / pods
}

/** Between 0.55 in the night and 1 in the afternoon. */
const timeOfDay = (at: number): number => {
  const hour = (at / 3_600_000) % 24
  return 0.775 - 0.225 * Math.cos(((hour - 3) / 24) * 2 * Math.PI)
}

/** Between −1 and 1, always the same for one text. */
const noise = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 31 - 1
