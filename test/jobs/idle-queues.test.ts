import { afterEach, beforeEach, expect, test } from 'vitest'
import { removeIdleQueues } from '#jobs/idle-queues.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.close())

test('queues in which nothing waits are removed, the others stay', async () => {
  await add('show:a')
  await add('show:b')
  await database.owner.query(`DELETE FROM graphile_worker._private_jobs WHERE key = 'show:a'`)

  // The server's own tidying up may be at it.
  await expect.poll(() => removeIdleQueues(database.pools.work)).toBe(true)
  expect(await queues()).toEqual(['show:b'])
})

test('work that is being added meanwhile is not left in a queue that is gone', async () => {
  await add('show:a')
  await database.owner.query(`DELETE FROM graphile_worker._private_jobs WHERE key = 'show:a'`)
  const adding = await database.owner.connect()
  await adding.query('BEGIN')
  await adding.query(addJob, ['show:a'])

  const removing = removeIdleQueues(database.pools.work)
  // As soon as it waits for whoever adds, or has given up waiting.
  await expect.poll(() => Promise.race([removing, isWaiting()])).not.toBe(undefined)
  await adding.query('COMMIT')
  adding.release()
  await removing

  expect(await homeless()).toEqual([])
})

const addJob = `SELECT graphile_worker.add_job('show', queue_name := $1, job_key := $1)`
const add = (key: string) => database.owner.query(addJob, [key])

async function queues(): Promise<readonly string[]> {
  const { rows } = await database.owner.query<{ name: string }>(
    'SELECT queue_name AS name FROM graphile_worker._private_job_queues ORDER BY 1',
  )
  return rows.map(({ name }) => name)
}

/** Work that nobody would ever take. */
async function homeless(): Promise<readonly string[]> {
  const { rows } = await database.owner.query<{ key: string }>(
    `SELECT key FROM graphile_worker._private_jobs
      WHERE job_queue_id NOT IN (SELECT id FROM graphile_worker._private_job_queues)`,
  )
  return rows.map(({ key }) => key)
}

async function isWaiting(): Promise<true | undefined> {
  const { rows } = await database.owner.query(
    `SELECT FROM pg_locks
      WHERE relation = 'graphile_worker._private_job_queues'::regclass AND NOT granted`,
  )
  return rows.length > 0 || undefined
}
