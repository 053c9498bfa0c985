import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
