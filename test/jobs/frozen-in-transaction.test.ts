import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { leaseMs } from '#jobs/liveness.ts'
import { timeline } from '#postgres/timeline.ts'
import { aChange, anIncident, declared, key } from '../postgres/builders.ts'
import { freshDatabase } from '../support/database.ts'

test('T105 a process that froze with a stream in its hands lets go of it when its lease has run out', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.close())
  const store = timeline(database.pools.work, [key])
  const incident = anIncident()
  await store.append(incident, 0, aChange({ events: [declared()] }))
  const worker = fileURLToPath(new URL('./freezing-worker.ts', import.meta.url))
  const child = fork(worker, [database.url, incident], { execArgv: [] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const isHeld = async () =>
    (
      await database.owner.query(
        `SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND state = 'idle in transaction'`,
      )
    ).rowCount
  await expect.poll(isHeld).toBe(1)

  await store.append(incident, 1, aChange())

  // The server counts the time; how long a busy machine then takes is no promise.
  const { idle_in_transaction_session_timeout: patienceMs } = database.pools.work.options
  expect(patienceMs).toBeLessThanOrEqual(leaseMs)
  expect(await store.read(incident)).toHaveLength(2)
})
