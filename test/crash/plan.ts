import { type Fault, faults, type Hit, isDeadly, type Place } from './hits.ts'
import type { Story } from './story.ts'
import { sortOf } from './workload.ts'

/** One story with its blows. */
export interface Case {
  readonly story: Story
  readonly hits: readonly Hit[]
}

/** The same code again and again, such as one line after the other: the first times stand for the rest, and one for what takes a process away. */
const mostTimes = 2
/** Blows come several to a story, each at another place; those that take a process away wait until the others are three again. */
const gentleTogether = 6
const deadlyTogether = 4

/**
 * Every place that was reached when nothing went wrong, hit in every way. What a later story shares with an earlier one of the same
 * kind of workload is not hit again; what differs by kind – the executor, and what is recorded of its steps – is hit for each. What
 * was dealt before is left out.
 */
export function casesOf(
  recorded: readonly { readonly story: Story; readonly reached: readonly Place[] }[],
  isDealt: (story: Story, hit: Hit) => boolean = () => false,
): readonly Case[] {
  const covered = new Set<string>()
  return recorded.flatMap(({ story, reached }) => {
    const places = reached.filter(({ boundary, nth }) => {
      const key = placeOf(story, { boundary, nth })
      if (nth > mostTimes || covered.has(key)) return false
      covered.add(key)
      return true
    })
    return faults.flatMap((fault) => {
      const hits = places
        .filter(({ nth }) => nth === 1 || !isDeadly(fault))
        .map((place) => ({ ...place, fault }))
        .filter((hit) => !isDealt(story, hit))
      return groups(hits, isDeadly(fault) ? deadlyTogether : gentleTogether).map((group) => ({
        story,
        hits: group,
      }))
    })
  })
}

const byKind = (boundary: string): boolean => /^(executor|timeline\.append)/.test(boundary)
const placeOf = (story: Story, { boundary, nth }: Place): string =>
  `${byKind(boundary) ? sortOf(story) : ''} ${boundary} ${nth}`
/** The same for what need not be dealt twice. What takes a process away may be dealt a time later, for the first. */
export const keyOf = (story: Story, { boundary, nth, fault }: Hit): string =>
  `${fault} ${placeOf(story, { boundary, nth: isDeadly(fault) ? 1 : nth })}`

/** Far apart from each other: one does not hide the next. */
function groups(hits: readonly Hit[], size: number): readonly (readonly Hit[])[] {
  const count = Math.ceil(hits.length / size)
  return Array.from({ length: count }, (_, at) =>
    hits.filter((_hit, index) => index % count === at),
  )
}

/** How long a case takes, about, in seconds: for sharing them out. */
export const costOf = ({ story, hits }: Case): number => {
  const blow: Readonly<Record<Fault, number>> = {
    fail: 0.5,
    lose: 0.5,
    repeat: 0,
    kill: 2,
    freeze: 4,
  }
  return hits.reduce((sum, { fault }) => sum + blow[fault], story.title.includes('fails') ? 5 : 2)
}

/** Some of the cases, always the same for the same seed. */
export function sampled(cases: readonly Case[], seconds: number, seed: number): readonly Case[] {
  const random = randomOf(seed)
  const shuffled = cases
    .map((one) => ({ one, by: random() }))
    .toSorted((a, b) => a.by - b.by)
    .map(({ one }) => one)
  let left = seconds
  return shuffled.filter((one) => {
    // What does not fit any more leaves room for shorter ones.
    const fits = costOf(one) <= left
    if (fits) left -= costOf(one)
    return fits
  })
}

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
