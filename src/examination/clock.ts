import type { Finding } from '#ports/finding.ts'

/** Enough to make times in the texts look odd. */
const noticeMs = 2_000
/** Slack's requests count as stale after five minutes: one is a sign that it gets worse. */
const mostMs = 60_000

/** A clock that was read between two moments of this machine's, in epoch milliseconds. */
export interface ReadClock {
  readonly whose: string
  readonly shows: number
  /** What it may show more, where it shows whole seconds only. */
  readonly coarseMs?: number
  readonly asked: number
  readonly answered: number
}

/** How far a clock is off from this machine's, where that is certain and far enough to matter. */
export function clockFindings({
  whose,
  shows,
  coarseMs = 0,
  asked,
  answered,
}: ReadClock): readonly Finding[] {
  const latest = shows + coarseMs
  const ahead = shows > answered ? shows - answered : latest < asked ? latest - asked : 0
  if (Math.abs(ahead) < noticeMs) return []
  const seconds = Math.round(Math.abs(ahead) / 1_000)
  return [
    {
      result: Math.abs(ahead) < mostMs ? 'note' : 'wrong',
      text: `the clock of ${whose} is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine’s`,
      remedy: 'let both follow a time server',
    },
  ]
}
