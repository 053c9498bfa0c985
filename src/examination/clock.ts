import type { Finding } from '#ports/finding.ts'

/** Enough to make times in the texts look odd. */
const noticeMs = 5_000
/** Slack's requests count as stale after five minutes: one is a sign that it gets worse. */
const mostMs = 60_000

/** How far a clock is off from this machine's, where that is far enough to matter. `asked` is when it was read, by this machine. */
export function clockFindings(whose: string, clock: Date, asked: number): readonly Finding[] {
  const ahead = clock.getTime() - asked
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
