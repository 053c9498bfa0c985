import { afterAll, beforeAll, expect, test } from 'vitest'
import { StaleSequence } from '#ports/store.ts'
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

test.for([1, 2])(
  'a record that others write to all the time is not planned for without end: %i of two services, a few tries and a sentence',
  async (count) => {
    const scenes = [await aScene(database), await aScene(database)]
    let tries = 0
    const world = {
      ...(scenes[0] ?? (await aScene(database))).world,
      catalogue: new Map(scenes.map(({ service }) => [service.id, service])),
    }
    const flows = workflows({
      ...world,
      timeline: {
        ...world.timeline,
        append: async (incident) => {
          tries += 1
          throw new StaleSequence(`${incident} was written to meanwhile`)
        },
      },
    })

    const answer = await flows.requestTogether(
      {
        by: people.onCall,
        services: scenes.slice(0, count).map(({ service }) => service.id),
        reason: 'all went out at 14:20',
        reasonKind: 'other',
        severity: undefined,
        since: undefined,
      },
      aDelivery(),
    )

    expect(answer).toEqual({
      kind: 'not_written',
      why: 'The record of the incident changed again and again while the plan was made. Ask again in a moment.',
    })
    expect(tries).toBe(6)
  },
)
