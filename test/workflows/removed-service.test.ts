import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from '#ports/executor.ts'
import { wakeFormer } from '#postgres/wake-former.ts'
import { workflows } from '#workflows/index.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene } from '../support/scripted-world.ts'
import { propose, recovered } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

describe('a service that is taken out of the configuration', () => {
  const without = (scene: Awaited<ReturnType<typeof aScene>>) => ({
    ...scene,
    world: { ...scene.world, catalogue: new Map<string, never>() },
  })
  const never = new AbortController().signal

  test('while it is verified gives its workload free, and is not called good', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    await rollback.advance()
    expect((await rollback.state()).phase).toBe('verifying')

    await workflows(without(scene).world).advance(rollback.incident, never)

    expect((await rollback.history()).at(-1)?.event).toMatchObject({
      kind: 'verified',
      outcome: 'unverified',
      checks: [{ result: 'unknown', text: expect.stringContaining('no longer configured') }],
    })
    const { rows } = await database.owner.query(
      'SELECT FROM workload_claims WHERE rollback = $1 AND released_at IS NULL',
      [rollback.rollback],
    )
    expect(rows).toEqual([])
  })

  test('after a step failed is stuck and gives its workload free, for nobody can choose any more', async () => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    const [[kind, executor] = []] = scene.world.executors
    if (!kind || !executor) throw new Error('no executor')
    const failing: Executor = {
      ...executor,
      async *progress() {
        yield { kind: 'failed', message: 'no pod started', ready: 0, wanted: 12 }
      },
    }
    await workflows({ ...scene.world, executors: new Map([[kind, failing]]) }).advance(
      rollback.incident,
      never,
    )
    expect((await rollback.state()).phase).toBe('failed')
    const changed = without(scene)

    const wakesAt = async () =>
      (
        await database.owner.query(
          'SELECT wake_at <= countermand_now() AS due FROM streams WHERE id = $1',
          [rollback.incident],
        )
      ).rows[0].due
    await wakeFormer(database.pools.work, [...scene.world.catalogue.keys()])
    const known = await wakesAt()
    await wakeFormer(database.pools.work, ['another-service'])
    const former = await wakesAt()
    await workflows(changed.world).advance(rollback.incident, never)

    expect((await rollback.history()).at(-1)?.event).toMatchObject({
      kind: 'undo_failed',
      message: expect.stringContaining('no longer configured'),
    })
    expect((await rollback.state()).phase).toBe('stuck')
    const { rows } = await database.owner.query(
      'SELECT FROM workload_claims WHERE rollback = $1 AND released_at IS NULL',
      [rollback.rollback],
    )
    expect(rows).toEqual([])
    expect([known, former]).toEqual([false, true])
  })

  test('while it is watched is said to be watched no more', async () => {
    const scene = await aScene(database)
    const rollback = await recovered(database, scene)

    await workflows(without(scene).world).advance(rollback.incident, never)

    expect((await rollback.history()).at(-1)?.event).toMatchObject({
      kind: 'watch_ended',
      outcome: 'unverified',
    })
    expect((await rollback.state()).phase).toBe('unverified')
  })
})
