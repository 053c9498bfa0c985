import { leaseMs } from '#jobs/liveness.ts'
import { startCrew } from './crew.ts'
import type { Ledger } from './ledger.ts'
import type { Case } from './plan.ts'
import { type Outcome, play } from './play.ts'
import { workloadOf } from './story.ts'
import type { Witness } from './witness.ts'

export interface Played {
  readonly case: Case
  readonly outcome: Outcome
  readonly wrong: readonly string[]
  /** The last words of the processes, where something was wrong. */
  readonly said: string
}

interface Around {
  readonly ledger: Ledger
  readonly witness: Witness
  /** Whether how soon somebody took over is judged. */
  readonly isTimed: boolean
  readonly isOver: () => boolean
}

let crewsStarted = 0

/** One after the other with a crew of their own, until the time is over; each is kept as soon as it was played. */
export async function playStruck(
  cases: readonly Case[],
  { ledger, witness, isTimed, isOver }: Around,
): Promise<readonly Played[]> {
  if (isOver()) return []
  crewsStarted += 1
  const as = crewsStarted
  const name = (at: number) => `c${as}n${at}`
  const crew = await startCrew(
    cases.map(({ story }, at) => ({ name: name(at), ...workloadOf(story) })),
    witness,
  )
  try {
    const played: Played[] = []
    for (const [at, one] of cases.entries()) {
      if (isOver()) break
      const begun = performance.now()
      const beat = witness.now()
      const outcome = await play(crew, one.story, name(at), one.hits)
      const { hit, takeovers } = outcome
      const wrong = [
        ...outcome.wrong,
        ...otherwise(outcome, ledger.calmOf(one.story)?.kinds ?? []),
        ...(isTimed ? late(outcome) : []),
      ]
      const tookMs = Math.round(performance.now() - begun)
      const slowness = Math.max(1, tookMs / Math.max(1, witness.now() - beat))
      ledger.keepStruck(one.story, { hits: one.hits, hit, takeovers, wrong, slowness, tookMs })
      if (process.env['CRASH_LOUD'])
        console.log(JSON.stringify([as, tookMs, one.story.title, one.hits, takeovers, wrong]))
      const said = wrong.length > 0 ? crew.said() : ''
      if (wrong.length > 0)
        console.log(
          JSON.stringify({ story: one.story.title, hits: one.hits, wrong, said }, undefined, 1),
        )
      played.push({ case: one, outcome, wrong, said })
    }
    return played
  } finally {
    await crew.close()
  }
}

const otherwise = ({ wrong, kinds }: Outcome, expected: readonly string[]): readonly string[] =>
  wrong.length > 0 || String(kinds) === String(expected)
    ? []
    : [`the record tells ${kinds.join(' ')}`]

/** What was not dealt of a case, as a case of its own. */
export function missed({ case: { story, hits }, outcome: { hit } }: Played): readonly Case[] {
  const dealt = new Set(hit.map(({ boundary, fault }) => `${fault} ${boundary}`))
  const left = hits.filter(({ boundary, fault }) => !dealt.has(`${fault} ${boundary}`))
  return left.length > 0 ? [{ story, hits: left }] : []
}

/** By the clock that goes as fast as the machine. */
const late = ({ takeovers }: Outcome): readonly string[] =>
  takeovers
    .filter(({ fault, usualMs }) => usualMs > (fault === 'kill' ? 2_000 : leaseMs + 2_000))
    .map(
      ({ fault, ms, usualMs }) =>
        `taken over ${Math.round(ms)} ms after ${fault}, ${usualMs} at the usual speed`,
    )
