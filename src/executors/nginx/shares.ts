import type { Division } from './schema.ts'

/** Where no share is known; and no more than an nginx answers within some seconds. */
const [fewest, most] = [8, 3_000]
/** That a look is wrong. */
const chance = 0.001

const within = (count: number): number => Math.min(most, Math.max(fewest, Math.ceil(count)))

/** So many that a share of so many percent fails to show in one of a thousand looks. A share below 0.25 percent fails more often. */
export const samplesFor = (percent: number): number =>
  within(Math.log(chance) / Math.log(1 - percent / 100))

/** How many requests of a hundred a slot gets. */
export const shareOf = ({ serving, canary }: Division, slot: string): number =>
  canary?.slot === slot ? canary.percent : serving === slot ? 100 - (canary?.percent ?? 0) : 0

/** What a look must find of a version before its share counts as moved. */
export interface Proof {
  readonly samples: number
  /** Of its answers, both inclusive. */
  readonly fewest: number
  readonly most: number
}

/** For a share that goes from `was` to `is` percent, whichever of both it is: wrong in one of a thousand looks, as long as the most samples suffice. */
export function proofOf(was: number, is: number): Proof {
  if (is === 100) {
    const samples = samplesFor(100 - was)
    return { samples, fewest: samples, most: samples }
  }
  if (was === 0) {
    const samples = samplesFor(is)
    return { samples, fewest: 1, most: samples }
  }
  if (was === 100) {
    const samples = samplesFor(100 - is)
    return { samples, fewest: 0, most: samples - 1 }
  }
  const { samples, border } = toldApart(Math.min(was, is) / 100, Math.max(was, is) / 100)
  return is > was
    ? { samples, fewest: border, most: samples }
    : { samples, fewest: 0, most: border - 1 }
}

/** From `border` answers on it is the larger share. */
function toldApart(less: number, more: number): { samples: number; border: number } {
  for (let samples = fewest; ; samples = within(samples * 1.1)) {
    const { border, wrong } = borderBetween(samples, less, more)
    if (wrong <= chance || samples === most) return { samples, border }
  }
}

/** Where the chance to take one share for the other, the larger of the two, is smallest. */
function borderBetween(samples: number, less: number, more: number) {
  const [low, high] = [chancesOf(samples, less), chancesOf(samples, more)]
  let [tooMany, tooFew] = [1, 0]
  let best = { border: 0, wrong: 1 }
  for (let border = 1; border <= samples; border += 1) {
    tooMany -= low[border - 1] ?? 0
    tooFew += high[border - 1] ?? 0
    const wrong = Math.max(tooMany, tooFew)
    if (wrong < best.wrong) best = { border, wrong }
  }
  return best
}

/** Of 0, 1, 2 … answers out of so many, each drawn by itself. */
function chancesOf(samples: number, share: number): readonly number[] {
  const chances: number[] = []
  let log = samples * Math.log(1 - share)
  for (let hits = 0; hits <= samples; hits += 1) {
    chances.push(Math.exp(log))
    log += Math.log(((samples - hits) / (hits + 1)) * (share / (1 - share)))
  }
  return chances
}
