import { expect, test } from 'vitest'
import { leaseMs } from '#jobs/liveness.ts'
import { type Crew, startCrew } from './crew.ts'
import { type Case, casesOf, costOf, sampled } from './plan.ts'
import { type Outcome, play } from './play.ts'
import { stories } from './stories.ts'
import { summary } from './summary.ts'

/** Seconds that the chosen cases would take one after the other; all of them when absent. */
const sample = Number(process.env['CRASH_SAMPLE'] ?? Number.POSITIVE_INFINITY)
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** To play some again: what the description of a case must match, such as `step_applied.*freeze`. */
const only = new RegExp(process.env['CRASH_ONLY'] ?? '')
/** A process looks at every service as it starts: a crew knows no more of them than it can bear. */
const mostInARow = 16
/** Side by side: each has three processes and a world of its own, and most of a case is waiting. */
const crews = Number(process.env['CRASH_CREWS'] ?? 4)

const nameOf = (crew: number, at: number): string => `c${crew}n${at}`

test('whatever is cut off, repeated, killed or frozen, and wherever: done once, told once, carried on by another process', async () => {
  const calm = await recorded()
  const all = casesOf(calm.map(({ outcome, story }) => ({ story, reached: outcome.reached })))
  const chosen = sampled(all, sample, seed).filter(({ story, hits }) =>
    only.test(`${story.title} ${JSON.stringify(hits)}`),
  )
  console.log(`${chosen.length} of ${all.length} cases, CRASH_SEED=${seed}`)
  const expected = new Map(calm.map(({ story, outcome }) => [story.title, outcome.kinds]))

  const upcoming = shares(chosen).entries()
  const lane = async () => {
    const played: Played[] = []
    for (const [index, share] of upcoming) played.push(...(await playAll(share, index)))
    return played
  }
  const played = (await Promise.all(Array.from({ length: crews }, lane))).flat()

  const outcomes = played.map(({ outcome }) => outcome)
  console.log(summary(outcomes))
  const wrong = played.flatMap(({ case: { story, hits }, outcome, said }) => {
    const kinds = expected.get(story.title) ?? []
    const found = [
      ...outcome.wrong,
      ...(outcome.wrong.length > 0 || String(outcome.kinds) === String(kinds)
        ? []
        : [`the record tells ${outcome.kinds.join(' ')}`]),
      ...outcome.takeovers
        .filter(({ fault, ms }) => ms > (fault === 'kill' ? 2_000 : leaseMs + 2_000))
        .map(({ fault, ms }) => `taken over ${Math.round(ms)} ms after ${fault}`),
    ]
    return found.length > 0 ? [{ story: story.title, hits, found, said }] : []
  })
  for (const one of wrong) console.log(JSON.stringify(one, undefined, 1))
  expect(wrong).toEqual([])
  const wanted = chosen.flatMap(({ hits }) => hits).length
  const hit = outcomes.flatMap((outcome) => outcome.hit).length
  console.log(`${hit} of ${wanted} blows were dealt`)
  // Whether two cards become one edit is chance, so that a second one may not come.
  expect(hit / wanted).toBeGreaterThan(0.95)
})

/** Every story without a blow: which places there are, and how each ends. */
async function recorded() {
  const crew = await startCrew(stories.map(({ kind }, at) => ({ name: nameOf(0, at), kind })))
  try {
    const calm: { story: (typeof stories)[number]; outcome: Outcome }[] = []
    for (const [at, story] of stories.entries()) {
      const outcome = await play(crew, story, nameOf(0, at), [])
      expect(outcome.wrong, story.title).toEqual([])
      calm.push({ story, outcome })
    }
    return calm
  } finally {
    await crew.close()
  }
}

/** Shares of about the same length. */
function shares(cases: readonly Case[]): readonly (readonly Case[])[] {
  const count = Math.ceil(cases.length / mostInARow)
  const byCost = cases.toSorted((a, b) => costOf(b) - costOf(a))
  return Array.from({ length: count }, (_, at) => byCost.filter((_case, i) => i % count === at))
}

interface Played {
  readonly case: Case
  readonly outcome: Outcome
  readonly said: string
}

async function playAll(cases: readonly Case[], index: number): Promise<readonly Played[]> {
  const name = (at: number) => nameOf(index + 1, at)
  const crew: Crew = await startCrew(
    cases.map(({ story: { kind } }, at) => ({ name: name(at), kind })),
  )
  try {
    const played: Played[] = []
    for (const [at, one] of cases.entries()) {
      const begun = performance.now()
      const outcome = await play(crew, one.story, name(at), one.hits)
      if (process.env['CRASH_LOUD'])
        console.log(
          JSON.stringify([
            index,
            Math.round(performance.now() - begun),
            one.story.title,
            one.hits,
            outcome.takeovers,
            outcome.wrong,
          ]),
        )
      played.push({ case: one, outcome, said: outcome.wrong.length > 0 ? crew.said() : '' })
    }
    return played
  } finally {
    await crew.close()
  }
}
