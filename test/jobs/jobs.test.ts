import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { deliveryId } from '#domain/ids.ts'
import { minutes, plus, seconds } from '#domain/time.ts'
import { type Jobs, startJobs, type Tasks } from '#jobs/index.ts'
import { inbox } from '#postgres/inbox.ts'
import { openPools } from '#postgres/pools.ts'
import { outbox } from '#postgres/outbox.ts'
import { timeline } from '#postgres/timeline.ts'
import { idleTasks } from './idle-tasks.ts'
import { aChange, anIncident, aRollback, declared, key } from '../postgres/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'

let database: TestDatabase
let store: ReturnType<typeof timeline>
let ran: string[]
beforeEach(async () => {
  database = await freshDatabase()
  store = timeline(database.pools.decisions, [key])
  ran = []
})
const started: Jobs[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((jobs) => jobs.stop()))
  await database.close()
})

/** Workers whose tasks note that they ran; a woken stream goes to sleep again. */
async function working(tasks: Partial<Tasks> = {}): Promise<Jobs> {
  const note = (name: string) => async (id: string) => {
    ran.push(`${name} ${id}`)
  }
  const jobs = await startJobs({
    pool: database.pools.work,
    log: silent,
    tasks: {
      ...idleTasks,
      advance: async (incident) => {
        ran.push(`advance ${incident}`)
        await asleep(incident)
      },
      evidence: note('evidence'),
      assess: note('assess'),
      freeze: note('freeze'),
      impact: note('impact'),
      show: async (incident) => {
        ran.push(`show ${incident}`)
        const box = outbox(database.pools.work)
        for (const { id } of await box.waiting(incident)) await box.delivered(id, undefined)
      },
      deliver: async (delivery) => {
        ran.push(`deliver ${delivery}`)
        await inbox(database.pools.work).done(delivery)
      },
      ...tasks,
    },
  })
  started.push(jobs)
  return jobs
}

async function asleep(incident: ReturnType<typeof anIncident>): Promise<void> {
  await store.decide(incident, (_, now) => ({
    change: aChange({ events: [], wakeAt: plus(now, minutes(1_000)) }),
    answer: null,
  }))
}

test('what runs is looked at when a process starts, and not only when the minute is full', async () => {
  let looks = 0
  const observe = async () => {
    looks += 1
  }

  const jobs = await working({ observe })
  await jobs.settled()

  // Another look may fall on a full minute.
  expect(looks).toBeGreaterThanOrEqual(1)
})

describe('what a change queues', () => {
  test('runs after it, and only what it asked for', async () => {
    const jobs = await working()
    const incident = anIncident()

    await store.append(
      incident,
      0,
      aChange({
        events: [declared()],
        jobs: ['advance', 'impact'],
        notices: [{ kind: 'card', rollback: aRollback() }],
      }),
    )
    await jobs.settled()

    expect(ran.toSorted()).toEqual([
      `advance ${incident}`,
      `impact ${incident}`,
      `show ${incident}`,
    ])
  })

  test('does not run when the change failed', async () => {
    const jobs = await working()
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared()] }))

    const stale = store.append(incident, 0, aChange({ jobs: ['advance'] }))
    await expect(stale).rejects.toThrow('was expected to end at 0')
    await jobs.settled()

    expect(ran).toEqual([])
  })

  test('is kept until somebody works', async () => {
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared()], jobs: ['advance'] }))

    const jobs = await working()
    await jobs.settled()

    expect(ran).toEqual([`advance ${incident}`])
  })

  test('runs for one incident in one worker at a time, and never misses what came meanwhile', async () => {
    let running = 0
    let most = 0
    let seen = 0
    const jobs = await working({
      advance: async (incident) => {
        most = Math.max(most, (running += 1))
        seen = (await store.read(incident)).length
        await sleep(5)
        running -= 1
      },
    })
    const incident = anIncident()

    for (let seq = 0; seq < 20; seq += 1)
      await store.append(incident, seq, aChange({ jobs: ['advance'] }))
    await jobs.settled()

    expect(most).toBe(1)
    expect(seen).toBe(20)
  })
})

describe('time', () => {
  test('wakes a stream when its moment comes, to the microsecond of the shifted clock', async () => {
    const jobs = await working()
    const incident = anIncident()
    const wakeAt = plus(await store.now(), minutes(15))
    await store.append(incident, 0, aChange({ events: [declared()], wakeAt }))
    await database.moveClock(minutes(14))
    await jobs.settled()
    expect(ran).toEqual([])

    await database.moveClock(minutes(1))
    await jobs.settled()

    expect(ran).toEqual([`advance ${incident}`])
    expect(await store.now()).toBeGreaterThan(wakeAt)
  })

  test('shows what failed again when its time has come', async () => {
    let fails = 1
    const box = outbox(database.pools.work)
    const jobs = await working({
      show: async (incident) => {
        const [next] = await box.waiting(incident)
        if (!next) return
        ran.push(`show ${next.attempts}`)
        if (fails-- > 0) await box.failed(next.id, 'rate limited', 60_000)
        else await box.delivered(next.id, undefined)
      },
    })
    await store.append(anIncident(), 0, aChange({ notices: [{ kind: 'channel' }] }))
    await jobs.settled()
    expect(ran).toEqual(['show 0'])

    await database.moveClock(minutes(1))
    await jobs.settled()

    expect(ran).toEqual(['show 0', 'show 1'])
  })
})

describe('deliveries', () => {
  test('are handled once each, replays not at all', async () => {
    const jobs = await working()
    const box = inbox(database.pools.decisions)
    const delivery = (id: string) => ({
      id: deliveryId(id),
      source: 'slack' as const,
      urgent: true,
      body: {},
    })

    for (const id of ['a', 'b', 'a', 'b', 'a']) await box.admit(delivery(id))
    await jobs.settled()
    await box.admit(delivery('a'))
    await jobs.settled()

    expect(ran.toSorted()).toEqual(['deliver a', 'deliver b'])
  })

  test('T113 an approval does not wait behind a flood of alerts that hang', async () => {
    const hanging = Promise.withResolvers<void>()
    const box = inbox(database.pools.decisions)
    const jobs = await working({
      deliver: async (delivery) => {
        if (delivery !== 'click') await hanging.promise
        ran.push(delivery)
        await box.done(delivery)
      },
    })
    for (let n = 0; n < 20; n += 1)
      await box.admit({ id: deliveryId(`alert-${n}`), source: 'webhook', urgent: false, body: {} })

    await box.admit({ id: deliveryId('click'), source: 'slack', urgent: true, body: {} })

    await expect.poll(() => ran).toEqual(['click'])
    hanging.resolve()
    await jobs.settled()
    expect(ran).toHaveLength(21)
  })

  test('that lost their job are found again', async () => {
    const box = inbox(database.pools.decisions)
    await box.admit({ id: deliveryId('lost'), source: 'slack', urgent: true, body: {} })
    await database.owner.query('DELETE FROM graphile_worker._private_jobs')
    const jobs = await working()

    await database.moveClock(minutes(1))
    await jobs.settled()

    expect(ran).toEqual(['deliver lost'])
  })

  test('that are held are left alone while whoever took them may still say so', async () => {
    const box = inbox(database.pools.decisions)
    const jobs = await working()
    await box.admit({
      id: deliveryId('held'),
      source: 'slack',
      urgent: true,
      body: {},
      held: true,
    })

    await database.moveClock(seconds(10))
    await jobs.kick()
    const { rows } = await database.owner.query('SELECT key FROM graphile_worker.jobs')
    await database.moveClock(seconds(10))
    await jobs.settled()

    expect(rows).not.toContainEqual({ key: 'deliver:held' })
    expect(ran).toEqual(['deliver held'])
  })
})

describe('failures', () => {
  test('work that fails is tried again soon', async () => {
    let fails = 2
    const jobs = await working({
      advance: async () => {
        ran.push('try')
        if (fails-- > 0) throw new Error('not yet')
      },
    })

    await store.append(anIncident(), 0, aChange({ jobs: ['advance'] }))
    await jobs.settled()

    expect(ran).toEqual(['try', 'try', 'try'])
  })

  test('new work for an incident does not wait for the pause after a failure', async () => {
    let failing = true
    const jobs = await working({
      advance: async () => {
        ran.push('try')
        if (failing) throw new Error('not yet')
      },
    })
    const incident = anIncident()
    await store.append(incident, 0, aChange({ jobs: ['advance'] }))
    // So long a pause that nothing happens by itself.
    const putOff = () =>
      database.owner.query(
        `UPDATE graphile_worker._private_jobs SET run_at = run_at + interval '1 day'
          WHERE locked_at IS NULL AND key = $1`,
        [`advance:${incident}`],
      )
    await expect.poll(() => ran.length).toBeGreaterThan(1)
    await expect.poll(async () => (await putOff()).rowCount).toBe(1)
    const tries = ran.length
    failing = false

    await store.append(incident, 1, aChange({ jobs: ['advance'] }))
    await jobs.settled()

    expect(ran).toHaveLength(tries + 1)
  })

  test('T109 work whose connections were all cut is done all the same', async () => {
    const jobs = await working()
    await database.owner.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'countermand-%'`,
    )
    const incident = anIncident()
    // What fails with a connection that was cut is tried on another.
    const untilDone = async (attempt: () => Promise<unknown>) => {
      const isDone = () =>
        attempt().then(
          () => true,
          () => false,
        )
      await expect.poll(isDone, { timeout: 30_000 }).toBe(true)
    }

    await untilDone(() => store.append(incident, 0, aChange({ jobs: ['advance'] })))
    await untilDone(() => jobs.settled())

    // Perhaps once more, where the word that it was done was lost with a connection.
    expect([...new Set(ran)]).toEqual([`advance ${incident}`])
  })
})

describe('replicas', () => {
  test('T105 what a thawed one ended under the hands of another locks its incident for nobody', async () => {
    const incident = anIncident()
    const isEnough = Promise.withResolvers<void>()
    await working({
      advance: async (id) => {
        ran.push(`advance ${id}`)
        await isEnough.promise
        await asleep(incident)
      },
    })
    await store.append(incident, 0, aChange({ events: [declared()], jobs: ['advance'] }))
    await expect.poll(() => ran.length).toBe(1)

    // As the thawed one does: a job is ended by its number, whoever has taken it over meanwhile.
    await database.owner.query(
      'DELETE FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL AND job_queue_id IS NOT NULL',
    )
    isEnough.resolve()
    await store.append(incident, 1, aChange({ jobs: ['advance'] }))

    await expect.poll(() => ran.length).toBe(2)
  })

  test('T103 what a killed replica was doing is taken over at once', async () => {
    const child = replica()
    await once(child, 'message')
    const incident = anIncident()
    await store.append(incident, 0, aChange({ jobs: ['advance'] }))
    expect(await once(child, 'message')).toEqual([incident, undefined])
    const jobs = await working()
    expect(ran).toEqual([])

    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    // Whoever waited for the end of the lease would wait in vain.
    await database.owner.query(
      `UPDATE replicas SET lease_until = lease_until + interval '1 day' WHERE id <> $1`,
      [jobs.replica],
    )
    await jobs.settled()

    expect(ran).toEqual([`advance ${incident}`])
  })

  test('T105 what a frozen replica was doing is taken over when its lease has run out', async () => {
    const child = replica()
    await once(child, 'message')
    const incident = anIncident()
    await store.append(incident, 0, aChange({ jobs: ['advance'] }))
    await once(child, 'message')
    const jobs = await working({
      advance: async (id) => {
        const { rowCount } = await database.owner.query(
          'SELECT FROM replicas WHERE id <> $1 AND lease_until > clock_timestamp()',
          [jobs.replica],
        )
        ran.push(`advance ${id} while ${rowCount} others live`)
        await asleep(incident)
      },
    })

    child.kill('SIGSTOP')
    await jobs.settled()

    expect(ran).toEqual([`advance ${incident} while 0 others live`])
  })

  test('a replica that stops hands over what it had not finished', async () => {
    const pools = openPools({ url: database.url, log: silent })
    const began = Promise.withResolvers<void>()
    const stopping = await startJobs({
      pool: pools.work,
      log: silent,
      tasks: {
        ...idleTasks,
        advance: async (_, signal) => {
          began.resolve()
          await once(signal, 'abort')
        },
      },
    })
    const incident = anIncident()
    await store.append(incident, 0, aChange({ jobs: ['advance'] }))
    await began.promise

    await stopping.stop()
    await pools.close()
    const jobs = await working()
    await jobs.settled()

    expect(ran).toEqual([`advance ${incident}`])
  })
})

function replica() {
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))
  const child = fork(worker, [database.url], { execArgv: [] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}
