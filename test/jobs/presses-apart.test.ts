import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool, PoolClient } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { ownHands } from '#jobs/hands.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { leaseMs } from '#jobs/liveness.ts'
import type { Tasks } from '#jobs/tasks.ts'
import { inbox } from '#postgres/inbox.ts'
import { outbox } from '#postgres/outbox.ts'
import { timeline } from '#postgres/timeline.ts'
import { pressesApart, surfacesApart } from '#postgres/presses-apart.ts'
import { aChange, anIncident, aNote, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { tenures } from '../../src/tenures.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let jobs: Jobs | undefined
/** Of the connections that all other work shares. */
let taken: PoolClient[]
beforeEach(async () => {
  database = await freshDatabase()
  taken = []
})
afterEach(async () => {
  for (const client of taken) client.release()
  await jobs?.stop()
  await database.close()
})

const incident = anIncident()
const { current, during } = tenures()

/** All that are not held for good. Whoever waits for one of them is given none until this test is over. */
async function takeAll(pool: Pool): Promise<void> {
  for (;;) {
    const next = pool.connect()
    const got = await Promise.race([next, sleep(500)])
    if (!got) return void next.then((late) => late.release()).catch(() => undefined)
    taken.push(got)
  }
}

async function working(deliver: Tasks['deliver']) {
  const { pools } = database
  const hands = ownHands()
  jobs = await startJobs({
    pool: pools.work,
    decisions: pools.decisions,
    presses: pools.presses,
    hands,
    during,
    log: silent,
    tasks: { ...idleTasks, deliver },
  })
  return inbox(pools.decisions, pools.intake, () => undefined, hands)
}

test.for([
  ['by whoever took it in', true],
  ['from the queue', false],
] as const)(
  'T113 while all other work waits for a connection, what somebody pressed is looked up and decided, carried out %s',
  async ([, held]) => {
    const { pools } = database
    const record = (pool: Pool) => timeline(pool, [key], undefined, current)
    const apart = pressesApart(
      { presses: record(pools.presses), work: record(pools.work) },
      current,
    )
    const shown = surfacesApart(
      { presses: outbox(pools.presses), work: outbox(pools.work) },
      current,
    )
    await apart.append(incident, 0, aChange({ events: [declared()] }))
    const { promise: decided, resolve } = Promise.withResolvers<number>()
    const box = await working(async () => {
      await shown.surface('card:pressed')
      const change = aChange({ events: [aNote('pressed')] })
      await apart.decide(incident, () => ({ change, answer: undefined }))
      resolve((await apart.read(incident)).length)
    })
    await takeAll(pools.work)
    // Whoever lives by a connection of other work is dead to the others by now, and to itself.
    await sleep(leaseMs + 500)
    const id = deliveryId('press')
    let isOver = false
    const other = pools.work.query('SELECT').finally(() => {
      isOver = true
    })
    other.catch(() => undefined)

    await box.admit({ id, source: 'slack', urgent: true, body: {}, ...(held ? { held } : {}) })
    await box.acknowledged(id)

    expect(await decided).toBe(2)
    expect(isOver).toBe(false)
  },
)
