import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../support/database.ts'
import { aScene } from '../../support/scripted-world.ts'
import { propose } from '../cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** The record takes no event of this kind any more, as when its disk is full. */
async function refusing(kind: string): Promise<() => Promise<unknown>> {
  await database.owner.query(`
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON timeline_events
      FOR EACH ROW WHEN (NEW.kind = '${kind}') EXECUTE FUNCTION no_room()`)
  return () =>
    database.owner.query('DROP TRIGGER no_room ON timeline_events; DROP FUNCTION no_room')
}

test.each(['execution_started', 'step_started'])(
  'T146 what cannot be written down as %s is not done, and goes on when it can',
  async (kind) => {
    const scene = await aScene(database)
    const rollback = await propose(scene)
    await rollback.approve()
    const restore = await refusing(kind)

    await expect(rollback.advance()).rejects.toThrow('no space left')
    const made = [...scene.platform.made]
    await restore()
    await rollback.advance()

    expect(made).toEqual([])
    expect(scene.platform.made).toEqual(['.0 → v2.2.1'])
    expect((await rollback.state()).phase).toBe('verifying')
  },
)
