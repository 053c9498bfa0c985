import { expect } from 'vitest'
import { startCrew } from './crew.ts'
import type { Ledger } from './ledger.ts'
import { type Outcome, play } from './play.ts'
import { crews, sideBySide } from './side-by-side.ts'
import { type Story, workloadOf } from './story.ts'
import type { Witness } from './witness.ts'

interface Around {
  readonly ledger: Ledger
  readonly witness: Witness
  /** What is wrong must be wrong twice. */
  readonly isTriedTwice: boolean
}

/** Every story without a blow: which places there are, and how each ends. Those that were played at this commit are not played again. */
export async function playCalmly(
  chosen: readonly Story[],
  { ledger, witness, isTriedTwice }: Around,
): Promise<void> {
  const all = chosen.filter((story) => !ledger.isRecorded(story))
  const perCrew = Math.max(1, Math.ceil(all.length / crews))
  const parts = Array.from({ length: Math.ceil(all.length / perCrew) }, (_, at) =>
    all.slice(at * perCrew, (at + 1) * perCrew),
  )
  await sideBySide(parts, async (part, index) => {
    const nameOf = (at: number, time: number) => `c0n${index}m${at}t${time}`
    const names = part.flatMap((story, at) =>
      [1, 2].map((time) => ({ name: nameOf(at, time), ...workloadOf(story) })),
    )
    const crew = await startCrew(names, witness)
    try {
      for (const [at, story] of part.entries()) {
        const calmly = (time: number) => play(crew, story, nameOf(at, time), [])
        let outcome: Outcome = await calmly(1)
        if (isTriedTwice && outcome.wrong.length > 0) {
          console.log(`${story.title} is played again: ${outcome.wrong.join(' ')}`)
          outcome = await calmly(2)
        }
        if (process.env['CRASH_LOUD']) console.log(JSON.stringify([story.title, outcome.wrong]))
        expect.soft(outcome.wrong, `${story.title} ${crew.said()}`).toEqual([])
        if (outcome.wrong.length === 0) ledger.keepCalm(story, outcome)
      }
      return []
    } finally {
      await crew.close()
    }
  })
}
