import { afterAll, beforeAll, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { type Executor, Superseded } from '#ports/executor.ts'
import { aStep, people } from '../../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { recovered } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const never = new AbortController().signal

/** A rollback that leaves a slot behind and has recovered; `stop` is what becomes of the next attempt to stop it. */
async function left() {
  const scene = await aScene(database)
  const own = scene.world.executors.get('scripted')
  if (!own) throw new Error('The scene has no platform')
  const made: string[] = []
  const troubles: Error[] = []
  const keep = aStep('green kept', {
    executor: 'slots',
    change: 'keep green',
    undo: 'start green',
    undoSettles: null,
    later: { name: 'green stopped', change: 'stop green' },
  })
  const slots: Executor = {
    ...own,
    kind: 'slots',
    async apply(change) {
      const trouble = change === 'stop green' ? troubles.shift() : undefined
      if (trouble) throw trouble
      made.push(typeof change === 'string' ? change : JSON.stringify(change))
    },
  }
  const both: Executor = {
    ...own,
    async route(...asked) {
      const route = await own.route(...asked)
      return { ...route, steps: [...route.steps, keep] }
    },
  }
  const executors = new Map([
    ['scripted', both],
    ['slots', slots],
  ])
  const rollback = await recovered(database, {
    ...scene,
    world: { ...scene.world, executors },
  })
  const told = async () =>
    (await rollback.history()).flatMap(({ event }) =>
      event.kind.startsWith('later_') ? [event] : [],
    )
  const reconcile = async () => rollback.flows.reconcileFreezes(rollback.incident, never)
  return { rollback, made, troubles, told, reconcile }
}

test('what follows a rollback is done once its time is over, by whoever looks then, and once', async () => {
  const { rollback, made, told, reconcile } = await left()

  await reconcile()
  const tooEarly = [...made]
  await database.moveClock(minutes(5))
  await reconcile()
  await reconcile()
  await rollback.flows.undo({ ...rollback.click(people.onCall), reason: 'it was not that' })
  await rollback.advance()

  expect(tooEarly).toEqual(['keep green'])
  expect(made).toEqual(['keep green', 'stop green', 'start green'])
  expect(await told()).toEqual([expect.objectContaining({ kind: 'later_done', step: 1 })])
})

test('nothing follows a rollback that is taken back before', async () => {
  const { rollback, made, told, reconcile } = await left()
  await rollback.flows.undo({ ...rollback.click(people.onCall), reason: 'it was not that' })
  await rollback.advance()

  await database.moveClock(minutes(6))
  await reconcile()

  expect(made).toEqual(['keep green', 'start green'])
  expect(await told()).toEqual([])
})

test('a platform that does not answer is asked again; what has changed since is left, and said', async () => {
  const { made, troubles, told, reconcile } = await left()
  await database.moveClock(minutes(6))
  troubles.push(new Error('socket hang up'), new Superseded('slot green gets requests'))

  await expect(reconcile()).rejects.toThrow('socket hang up')
  const between = await told()
  await reconcile()
  await reconcile()

  expect(between).toEqual([])
  expect(made).toEqual(['keep green'])
  expect(await told()).toEqual([
    expect.objectContaining({ kind: 'later_left', step: 1, why: 'slot green gets requests' }),
  ])
})
