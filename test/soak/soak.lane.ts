import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startCrew } from '../crash/crew.ts'
import { play } from '../crash/play.ts'
import { stories } from '../crash/stories.ts'
import { workloadOf } from '../crash/story.ts'
import { startWitness, type Witness } from '../crash/witness.ts'
import { fillCaches } from './fill-caches.ts'
import { slope } from './slope.ts'

/** What is done for the first time loads and compiles what it needs: each story once. */
const warm = stories.length
/** How many are lived through after that, one after the other: each is an incident with all that people and machines do about it. */
const rounds = warm + Number(process.env['SOAK_ROUNDS'] ?? 24)

let witness: Witness
beforeAll(async () => {
  witness = await startWitness(inject('databaseServer').ownerUrl)
})
afterAll(() => witness.close())

/** By round. What a look at one moment finds more of by chance – a timer, a connection that is not needed yet – is no slope. */
const most = { heapBytes: 64 * 1_024, handles: 0.5, files: 0.5, connections: 0.5 } as const
type Figure = keyof typeof most

test('T118 a process that lives through one incident after another holds on to no more memory, handles and connections than before', async () => {
  const plays = Array.from({ length: rounds }, (_, at) => {
    const story = stories[at % stories.length]
    if (!story) throw new Error('there is no story')
    return { story, name: `soak${at}` }
  })
  const services = plays.map(({ story, name }) => ({ name, ...workloadOf(story) }))
  const crew = await startCrew(services, witness, 1)
  const seen: Readonly<Record<Figure, number>>[] = []
  try {
    for (const [round, { story, name }] of plays.entries()) {
      if (round === warm) await fillCaches(crew)
      const { wrong } = await play(crew, story, name, [])
      expect([story.title, wrong]).toEqual([story.title, []])
      const [held] = await crew.holds()
      if (!held) throw new Error('the process is gone')
      const { rows } = await crew.database.owner.query<{ connections: number }>(
        'SELECT count(*)::int AS connections FROM pg_stat_activity WHERE datname = current_database()',
      )
      const { heapBytes, handles, files } = held
      seen.push({ heapBytes, handles, files, connections: rows[0]?.connections ?? 0 })
      console.log(`${story.title}: ${JSON.stringify({ ...seen.at(-1), rssBytes: held.rssBytes })}`)
    }
  } finally {
    await crew.close()
  }

  // The first after the caches were filled is the first to find them full.
  const late = seen.slice(warm + 1)
  const grows = (figure: Figure) => slope(late.map((one) => one[figure]))
  const figures = { heapBytes: 0, handles: 0, files: 0, connections: 0 }
  for (const figure of Object.keys(most) as Figure[]) figures[figure] = grows(figure)
  console.log(`by round, after ${warm} of ${rounds}: ${JSON.stringify(figures)}`)
  expect(late.length).toBeGreaterThan(10)
  expect(Object.entries(figures).filter(([figure, by]) => by > most[figure as Figure])).toEqual([])
})
