import { afterAll, beforeAll, expect, test } from 'vitest'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, declared, key } from './builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

/** What `add_jobs` comes to where a worker takes the job between its two statements. */
test('work is queued although a worker took it in that very moment', async () => {
  await database.owner.query(`
    ALTER FUNCTION graphile_worker.add_jobs RENAME TO add_jobs_in_fact;
    CREATE SEQUENCE calls;
    GRANT USAGE ON calls TO countermand_runtime;
    CREATE FUNCTION graphile_worker.add_jobs(specs graphile_worker.job_spec[])
      RETURNS SETOF graphile_worker._private_jobs LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('public.calls') > 1 THEN
        RETURN QUERY SELECT * FROM graphile_worker.add_jobs_in_fact(specs);
      END IF;
    END $$`)
  const incident = anIncident()

  const store = timeline(database.pools.work, [key])
  await store.append(incident, 0, aChange({ events: [declared()], jobs: ['advance'] }))

  const { rows } = await database.owner.query('SELECT key FROM graphile_worker.jobs')
  expect(rows).toEqual([{ key: `advance:${incident}` }])
})
