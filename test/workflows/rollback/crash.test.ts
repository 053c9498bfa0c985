import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer } from '#domain/communication/answer.ts'
import { workloadId } from '#domain/ids.ts'
import type { TimelineEvent } from '#domain/incident/events.ts'
import { rollbacksOf } from '#domain/rollback/state.ts'
import type { RollbackState } from '#domain/rollback/state.ts'
import { minutes, seconds } from '#domain/time.ts'
import type { Timeline } from '#ports/store.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { aDelivery } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** A look may be repeated; everything else happens once. */
const looks = new Set<TimelineEvent['kind']>(['progressed', 'checked'])

class Killed extends Error {}
type When = 'before' | 'after'

/** A record on which the process dies once, at its `nth` write: before the commit or after it. Counts the writes. */
function dying(nth: number, when: When) {
  const seen = { writes: 0, deaths: 0 }
  const around = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    seen.writes += 1
    const dies = seen.writes === nth
    if (dies) seen.deaths += 1
    if (dies && when === 'before') throw new Killed('killed before the commit')
    const result = await write()
    if (dies) throw new Killed('killed after the commit')
    return result
  }
  const through = (inner: Timeline): Timeline => ({
    ...inner,
    append: (...given) => around(() => inner.append(...given)),
    decide: (incident, decide) => around(() => inner.decide(incident, decide)),
  })
  return { seen, through }
}

/** Does it again as long as the process dies of it, as the queue would. */
async function persist<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    return persist(work)
  }
}

interface Ending {
  readonly answers: readonly Answer['kind'][]
  readonly phases: readonly RollbackState['phase'][]
  readonly kinds: readonly TimelineEvent['kind'][]
  readonly made: readonly string[]
  readonly held: boolean
  readonly seen: { readonly writes: number; readonly deaths: number }
}

/** From the request to a stable incident, or back again with an undo, dying once on the way. */
async function story(path: 'stable' | 'undone', nth: number, when: When): Promise<Ending> {
  const { seen, through } = dying(nth, when)
  const scene = await aScene(database, {}, through)
  const { world, service, platform } = scene
  const flows = workflows(world)
  const signal = new AbortController().signal
  const [asking, approving, undoing] = [aDelivery(), aDelivery(), aDelivery()]
  const answers: Answer[] = []
  const said = async (work: () => Promise<Answer>): Promise<Answer> => {
    const answer = await persist(work)
    answers.push(answer)
    return answer
  }

  const asked = await said(() =>
    flows.requestRollback(
      {
        by: people.onCall,
        service: service.id,
        to: undefined,
        reason: 'errors since the deploy',
        reasonKind: 'other',
        severity: undefined,
        since: undefined,
        notBefore: undefined,
      },
      asking,
    ),
  )
  if (asked.kind !== 'requested') throw new Error(`Not requested but ${asked.kind}`)
  const { incident, rollback } = asked
  const states = async () => rollbacksOf(await world.timeline.read(incident))
  const digest = (await states())[0]?.digest
  if (!digest) throw new Error('There is no plan')
  const advance = () => persist(() => flows.advance(incident, signal))

  await advance()
  await said(() => flows.approve({ by: people.onCall, rollback, digest, delivery: approving }))
  await persist(() => flows.captureEvidence(incident, signal))
  await advance()
  await database.moveClock(seconds(61))
  await advance()
  if (path === 'undone')
    await said(() =>
      flows.undo({ by: people.onCall, rollback, delivery: undoing, reason: 'it got worse' }),
    )
  else await database.moveClock(minutes(30))
  await advance()

  const history = await world.timeline.read(incident)
  return {
    answers: answers.map(({ kind }) => kind),
    phases: rollbacksOf(history).map(({ phase }) => phase),
    kinds: history.map(({ event }) => event.kind).filter((kind) => !looks.has(kind)),
    made: platform.made,
    held: (await world.timeline.holder(workloadId(service.id))) !== undefined,
    seen,
  }
}

test.each(['stable', 'undone'] as const)(
  'a process that dies at any write, before or after the commit, changes nothing of a story that ends %s',
  async (path) => {
    const { seen, ...calm } = await story(path, 0, 'before')
    expect(calm.phases).toEqual([path])
    expect(calm.held).toBe(false)
    expect(calm.made).toEqual(
      path === 'stable' ? ['.0 → v2.2.1'] : ['.0 → v2.2.1', '.0.undo → v2.3.0'],
    )
    expect(seen.writes).toBeGreaterThan(12)

    const different: unknown[] = []
    let deaths = 0
    // Up to the undo both are the same story.
    const first = path === 'stable' ? 1 : seen.writes - 4
    for (let nth = first; nth <= seen.writes; nth += 1)
      for (const when of ['before', 'after'] as const) {
        const { seen: now, ...ending } = await story(path, nth, when)
        deaths += now.deaths
        if (JSON.stringify(ending) !== JSON.stringify(calm)) different.push({ nth, when, ending })
      }

    expect(different).toEqual([])
    expect(deaths).toBe((seen.writes - first + 1) * 2)
  },
  60_000,
)
