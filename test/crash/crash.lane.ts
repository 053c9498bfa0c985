import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { playCalmly } from './calm.ts'
import { openLedger, thisCommit } from './ledger.ts'
import { type Case, casesOf, sampled } from './plan.ts'
import { shares, sideBySide } from './side-by-side.ts'
import { stories } from './stories.ts'
import { missed, playStruck } from './struck.ts'
import { standing, summary } from './summary.ts'
import { startWitness, type Witness } from './witness.ts'
import { changesWithStory, eventsWithStory } from './with-story.ts'

/** Seconds that the chosen cases would take one after the other; all of them when absent. */
const sample = Number(process.env['CRASH_SAMPLE'] ?? Number.POSITIVE_INFINITY)
/** Others wait for a sample: it judges no times, and what is wrong in it must be wrong twice. Chance is left to whoever plays all. */
const isSample = Number.isFinite(sample)
const seed = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** Which stories are played: what their titles must match. */
const titles = new RegExp(process.env['CRASH_STORIES'] ?? '')
/** To play some again: what the description of a case must match, such as `step_applied.*freeze`. */
const only = new RegExp(process.env['CRASH_ONLY'] ?? '')
/** `2/3`: the second of three parts, for a machine that has no time for all at once. */
const [part = 1, parts = 1] = (process.env['CRASH_PART'] ?? '1/1').split('/').map(Number)
/** A file that remembers what was dealt: the next run deals what is left, and sums up all of them. */
const ledger = openLedger(process.env['CRASH_LEDGER'], thisCommit(), stories)
/** After so many minutes no other case is begun. */
const minutes = Number(process.env['CRASH_MINUTES'] ?? Number.POSITIVE_INFINITY)

let witness: Witness
beforeAll(async () => {
  witness = await startWitness(inject('databaseServer').ownerUrl)
})
afterAll(() => witness.close())

test('whatever is cut off, repeated, killed or frozen, and wherever: done once, told once, carried on by another process', async () => {
  const began = performance.now()
  const isOver = () => performance.now() - began > minutes * 60_000
  await playCalmly(
    stories.filter(({ title }) => titles.test(title)),
    { ledger, witness, isTriedTwice: isSample },
  )
  console.log(`recorded in ${Math.round((performance.now() - began) / 1_000)} s`)
  const calm = stories.flatMap((story) => {
    const found = ledger.calmOf(story)
    return found ? { story, reached: found.reached } : []
  })
  expect(calm.length === stories.length ? notReached(calm) : []).toEqual([])
  const wanted = casesOf(calm, ledger.isDealt).filter(({ story }) => titles.test(story.title))
  const chosen = sampled(wanted, sample, seed).filter(
    ({ story, hits }, at) =>
      at % parts === part - 1 && only.test(`${story.title} ${JSON.stringify(hits)}`),
  )
  console.log(`${chosen.length} of ${wanted.length} cases, CRASH_SEED=${seed}`)

  const playAll = (cases: readonly Case[]) =>
    playStruck(cases, { ledger, witness, isOver, isTimed: !isSample })
  const first = await sideBySide(shares(chosen), playAll)
  // Whether two cards become one edit is chance, and whether somebody else has the work by then: what was missed is tried once more.
  const again = await sideBySide(
    shares(
      isSample
        ? first.filter(({ wrong }) => wrong.length > 0).map((one) => one.case)
        : first.flatMap(missed),
    ),
    playAll,
  )
  const played = isSample
    ? [...first.filter(({ wrong }) => wrong.length === 0), ...again]
    : [...first, ...again]

  console.log(summary(ledger.struck().filter(({ wrong }) => wrong.length === 0)))
  console.log(standing(ledger, casesOf(calm), stories.length - calm.length))
  console.log(`the machine went at ${Math.round(100 * witness.speed())} % of its usual speed`)
  expect(
    played.flatMap(({ case: { story, hits }, wrong, said }) =>
      wrong.length > 0 ? [{ story: story.title, hits, wrong, said }] : [],
    ),
  ).toEqual([])
  const asked = first.flatMap((one) => one.case.hits).length
  const hit = played.flatMap(({ outcome }) => outcome.hit).length
  console.log(`${hit} of ${asked} blows were dealt`)
  // A run in which few were dealt proves nothing, unless its time was over before the first. What is left of earlier runs falls seldom.
  const isNone = chosen.length === 0 || (first.length === 0 && isOver())
  const all = casesOf(calm).flatMap(({ story, hits }) => hits.map((one) => ({ story, one })))
  const right = all.filter(({ story, one }) => ledger.isDealt(story, one)).length
  const share = isNone ? 1 : Math.max(hit / Math.max(1, asked), right / Math.max(1, all.length))
  expect(share).toBeGreaterThan(isSample ? 0.5 : 0.9)
})

/** What a story was to come to, and none did. */
function notReached(
  calm: readonly { readonly reached: readonly { readonly boundary: string }[] }[],
): readonly string[] {
  const steps = new Set(calm.flatMap(({ reached }) => reached.map(({ boundary }) => boundary)))
  const written = new Set([...steps].flatMap((step) => step.split(/[ +]+/)))
  return [
    ...changesWithStory
      .map((change) => `executor.apply ${change}`)
      // Some only take another back.
      .filter((change) => !steps.has(change) && !steps.has(`${change} back`)),
    ...eventsWithStory.filter((kind) => !written.has(kind)),
  ]
}
