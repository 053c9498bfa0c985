import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Executor } from '#ports/executor.ts'
import { aStep, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene, type Scene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** The workload's own platform, and a switch beside it whose step every plan begins with. */
function withSwitch(scene: Scene) {
  const own = scene.world.executors.get('scripted')
  if (!own) throw new Error('The scene has no platform')
  const thrown: string[] = []
  const beside: Executor = {
    ...own,
    kind: 'switch',
    async apply(change, operation) {
      thrown.push(`${operation.replace(/^[^.]*/, '')} ${JSON.stringify(change)}`)
    },
    async *progress() {
      yield { kind: 'settled', ready: 1, wanted: 1 }
    },
  }
  const off = aStep('flag off', {
    executor: 'switch',
    change: { on: false },
    undo: { on: true },
    settles: 'reading it back',
  })
  const both: Executor = {
    ...own,
    async route(...asked) {
      const route = await own.route(...asked)
      return { ...route, steps: [off, ...route.steps] }
    },
  }
  const executors = new Map([
    ['scripted', both],
    ['switch', beside],
  ])
  return { scene: { ...scene, world: { ...scene.world, executors } }, thrown }
}

test('a step is made, followed and taken back by the platform that it names', async () => {
  const { scene, thrown } = withSwitch(await aScene(database))
  const rollback = await propose(scene)
  await rollback.approve()
  await rollback.advance()

  expect(thrown).toEqual(['.0 {"on":false}'])
  expect(scene.platform.made).toEqual(['.1 → v2.2.1'])

  await rollback.flows.undo({ ...rollback.click(people.onCall), reason: 'it was not that' })
  await rollback.advance()

  expect(scene.platform.made).toEqual(['.1 → v2.2.1', '.1.undo → v2.3.0'])
  expect(thrown).toEqual(['.0 {"on":false}', '.0.undo {"on":true}'])
})
