import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { leaseMs } from '#jobs/liveness.ts'
import { type Crew, startCrew } from './crew.ts'
import { type Case, casesOf, sampled } from './plan.ts'
import { type Outcome, play } from './play.ts'
import { crews, shares, sideBySide } from './side-by-side.ts'
import { stories } from './stories.ts'
import { type Story, workloadOf } from './story.ts'
import { summary } from './summary.ts'
import { startWitness, type Witness } from './witness.ts'
import { changesWithStory, eventsWithStory } from './with-story.ts'

/** Seconds that the chosen cases would take one after the other; all of them when absent. */
const sample = Number(process.env['CRASH_SAMPLE'] ?? Number.POSITIVE_INFINITY)
/** Others wait for a sample: it judges no times, and what is wrong in it must be wrong twice. Chance is left to whoever plays all. */
const isSample = Number.isFinite(sample)
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** Which stories are played: what their titles must match. */
const titles = new RegExp(process.env['CRASH_STORIES'] ?? '')
const chosenStories = stories.filter(({ title }) => titles.test(title))
/** To play some again: what the description of a case must match, such as `step_applied.*freeze`. */
const only = new RegExp(process.env['CRASH_ONLY'] ?? '')
/** `2/3`: the second of three parts, for a machine that has no time for all at once. */
const [part = 1, parts = 1] = (process.env['CRASH_PART'] ?? '1/1').split('/').map(Number)
const nameOf = (crew: number, at: number): string => `c${crew}n${at}`

let witness: Witness
beforeAll(async () => {
  witness = await startWitness(inject('databaseServer').ownerUrl)
})
afterAll(() => witness.close())

test('whatever is cut off, repeated, killed or frozen, and wherever: done once, told once, carried on by another process', async () => {
  const began = performance.now()
  const calm = await recorded()
  console.log(`recorded in ${Math.round((performance.now() - began) / 1_000)} s`)
  const steps = new Set(
    calm.flatMap(({ outcome }) => outcome.reached.map(({ boundary }) => boundary)),
  )
  expect(notReached(steps)).toEqual([])
  const all = casesOf(calm.map(({ outcome, story }) => ({ story, reached: outcome.reached })))
  const chosen = sampled(all, sample, seed).filter(
    ({ story, hits }, at) =>
      at % parts === part - 1 && only.test(`${story.title} ${JSON.stringify(hits)}`),
  )
  console.log(`${chosen.length} of ${all.length} cases, CRASH_SEED=${seed}`)
  const expected = new Map(calm.map(({ story, outcome }) => [story.title, outcome.kinds]))

  const first = await sideBySide(shares(chosen), playAll)
  const isWrong = (one: Played) => wrongIn(one, expected.get(one.case.story.title) ?? []).length > 0
  // Whether two cards become one edit is chance, and whether somebody else has the work by then: what was missed is tried once more.
  const again = await sideBySide(
    shares(isSample ? first.filter(isWrong).map((one) => one.case) : first.flatMap(missed)),
    playAll,
  )
  const played = isSample
    ? [...first.filter((one) => !isWrong(one)), ...again]
    : [...first, ...again]

  const outcomes = played.map(({ outcome }) => outcome)
  console.log(summary(outcomes))
  console.log(`the machine went at ${Math.round(100 * witness.speed())} % of its usual speed`)
  const wrong = (all: readonly Played[]) =>
    all.flatMap((one) => {
      const { story, hits } = one.case
      const found = wrongIn(one, expected.get(story.title) ?? [])
      return found.length > 0 ? [{ story: story.title, hits, found, said: one.said }] : []
    })
  for (const one of wrong([...first, ...again])) console.log(JSON.stringify(one, undefined, 1))
  expect(wrong(played)).toEqual([])
  const wanted = chosen.flatMap(({ hits }) => hits).length
  const hit = outcomes.flatMap((outcome) => outcome.hit).length
  console.log(`${hit} of ${wanted} blows were dealt`)
  // A run in which few were dealt proves nothing.
  expect(hit / wanted).toBeGreaterThan(isSample ? 0.5 : 0.9)
})

/** What a story was to come to, and none did. */
function notReached(steps: ReadonlySet<string>): readonly string[] {
  if (chosenStories.length < stories.length) return []
  const written = new Set([...steps].flatMap((step) => step.split(/[ +]+/)))
  return [
    ...changesWithStory
      .map((change) => `executor.apply ${change}`)
      // Some only take another back.
      .filter((change) => !steps.has(change) && !steps.has(`${change} back`)),
    ...eventsWithStory.filter((kind) => !written.has(kind)),
  ]
}

const otherwise = ({ wrong, kinds }: Outcome, expected: readonly string[]): readonly string[] =>
  wrong.length > 0 || String(kinds) === String(expected)
    ? []
    : [`the record tells ${kinds.join(' ')}`]

const wrongIn = ({ outcome }: Played, expected: readonly string[]): readonly string[] => [
  ...outcome.wrong,
  ...otherwise(outcome, expected),
  ...(isSample ? [] : late(outcome)),
]

/** What was not dealt of a case, as a case of its own. */
function missed({ case: { story, hits }, outcome: { hit } }: Played): readonly Case[] {
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

/** Every story without a blow: which places there are, and how each ends. */
async function recorded() {
  const numbered = chosenStories.map((story, at) => ({ story, at }))
  const perCrew = Math.ceil(numbered.length / crews)
  const parts = Array.from({ length: crews }, (_, at) =>
    numbered.slice(at * perCrew, (at + 1) * perCrew),
  ).filter((part) => part.length > 0)
  const calm = await sideBySide(parts, async (part) => {
    const names = part.flatMap(({ story, at }) =>
      [at, at + stories.length].map((one) => ({ name: nameOf(0, one), ...workloadOf(story) })),
    )
    const crew = await startCrew(names, witness)
    try {
      const played: { story: Story; outcome: Outcome; at: number }[] = []
      for (const { story, at } of part) {
        const calmly = (as: number) => play(crew, story, nameOf(0, as), [])
        let outcome = await calmly(at)
        if (isSample && outcome.wrong.length > 0) {
          console.log(`${story.title} is played again: ${outcome.wrong.join(' ')}`)
          outcome = await calmly(at + stories.length)
        }
        if (process.env['CRASH_LOUD']) console.log(JSON.stringify([story.title, outcome.wrong]))
        expect.soft(outcome.wrong, `${story.title} ${crew.said()}`).toEqual([])
        played.push({ story, outcome, at })
      }
      return played
    } finally {
      await crew.close()
    }
  })
  return calm.toSorted((a, b) => a.at - b.at)
}

interface Played {
  readonly case: Case
  readonly outcome: Outcome
  readonly said: string
}

async function playAll(cases: readonly Case[], index: number): Promise<readonly Played[]> {
  const name = (at: number) => nameOf(index + 1, at)
  const crew: Crew = await startCrew(
    cases.map(({ story }, at) => ({ name: name(at), ...workloadOf(story) })),
    witness,
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
