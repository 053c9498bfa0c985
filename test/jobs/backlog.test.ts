import { expect, test } from 'vitest'
import { sweep } from '#jobs/queue.ts'
import { openPool } from '#postgres/pools.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

test('the look for due work goes through a backlog once, and not once for each job in it', async () => {
  const database = await freshDatabase()
  const pool = openPool({ url: database.url, log: silent, name: 'one', max: 1 })
  const look = () => sweep(pool, () => ({ name: 'here', held: [] }))
  // Planned now, while there is nothing, as in a process that has just started.
  await look()
  await database.owner.query(
    `SELECT graphile_worker.add_job('deliver', json_build_object('delivery', at), job_key := 'd' || at),
            graphile_worker.add_job('show', json_build_object('incident', at), job_key := 's' || at,
                                    queue_name := 's' || at)
       FROM generate_series(1, 50) AS at`,
  )

  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, COSTS off, TIMING off) EXECUTE sweep ('here', '{}')`,
  )
  await pool.end()
  await database.close()

  const plan = rows.map((row) => row['QUERY PLAN'])
  const scans = plan.filter((line) => line.includes('Scan on _private_jobs'))
  expect(scans.length).toBeGreaterThan(1)
  expect(scans.filter((line) => !/loops=1\)|never executed/.test(line))).toEqual([])
})
