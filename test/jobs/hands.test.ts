import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deliveryId, personId } from '#domain/ids.ts'
import { type OwnHands, ownHands } from '#jobs/hands.ts'
import { type Jobs, startJobs, type Tasks } from '#jobs/index.ts'
import { sweep } from '#jobs/queue.ts'
import { inbox } from '#postgres/inbox.ts'
import type { Inbox } from '#ports/store.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { idleTasks } from './idle-tasks.ts'

let database: TestDatabase
let hands: OwnHands
let box: Inbox
let ran: string[]
let jobs: Jobs | undefined
beforeEach(async () => {
  database = await freshDatabase()
  use(ownHands())
  ran = []
})
afterEach(async () => {
  await jobs?.stop()
  jobs = undefined
  await database.close()
})

function use(own: OwnHands): void {
  const { decisions, intake } = database.pools
  hands = own
  box = inbox(decisions, intake, undefined, hands)
}

/** Deliveries are done when `carryOut` is. */
async function working(carryOut: Tasks['deliver'] = async () => undefined): Promise<Jobs> {
  const { work, decisions } = database.pools
  const deliver: Tasks['deliver'] = async (delivery, signal) => {
    ran.push(delivery)
    await carryOut(delivery, signal)
    await box.done(delivery)
  }
  jobs = await startJobs({
    pool: work,
    decisions,
    hands,
    log: silent,
    tasks: { ...idleTasks, deliver },
  })
  return jobs
}

async function pressed(name: string, { urgent = true, by = name } = {}): Promise<void> {
  const id = deliveryId(name)
  await box.admit({ id, source: 'slack', urgent, body: {}, held: true })
  await box.acknowledged(id, personId(`T1:${by}`))
}

/** Carries nothing out before `open` is called. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { open: resolve, passed: () => promise }
}

const queued = async () => {
  const { rows } = await database.owner.query<{ key: string }>(
    `SELECT key FROM graphile_worker.jobs WHERE key LIKE 'deliver:%' ORDER BY key`,
  )
  return rows.map(({ key }) => key)
}

describe('what was pressed and acknowledged', () => {
  test('is carried out without a job', async () => {
    const { open, passed } = gate()
    const { settled } = await working(passed)

    await pressed('a')

    await expect.poll(() => ran).toEqual(['a'])
    expect(await queued()).toEqual([])
    open()
    await settled()
    expect(ran).toEqual(['a'])
  })

  test('is queued, for others to take, where two hundred and fifty-six are taken up', async () => {
    const { open, passed } = gate()
    const { settled } = await working(passed)
    const all = Array.from({ length: 257 }, (_, at) => `press-${100 + at}`)

    for (const name of all) await pressed(name)

    expect(hands.held()).toEqual(all.slice(0, 256))
    expect(await queued()).toEqual(['deliver:press-356'])
    open()
    await settled()
    expect(ran.toSorted()).toEqual(all)
  })

  test('is begun after what the same person had pressed before, however much waits here', async () => {
    const { open, passed } = gate()
    const { settled } = await working(passed)
    const others = Array.from({ length: 255 }, (_, at) => `press-${100 + at}`)
    for (const name of others) await pressed(name)
    await pressed('approve', { by: 'UONCALL' })

    await pressed('cancel', { by: 'UONCALL' })
    await pressed('approve-too', { by: 'ULEAD' })

    expect(hands.held()).toEqual([...others, 'approve', 'cancel'])
    expect(await queued()).toEqual(['deliver:approve-too'])
    open()
    await settled()
    expect(ran.indexOf('approve')).toBeLessThan(ran.indexOf('cancel'))
  })

  test('is queued where one person has eight taken up, and leaves room for others', async () => {
    const { open, passed } = gate()
    const { settled } = await working(passed)
    const own = Array.from({ length: 10 }, (_, at) => `press-${at}`)

    for (const name of own) await pressed(name, { by: 'UHASTY' })
    await pressed('approve', { by: 'UONCALL' })

    expect(hands.held()).toEqual([...own.slice(0, 8), 'approve'])
    // The workers of the queue may be at them already; whoever is, has them locked.
    expect(await queued()).toEqual(['deliver:press-8', 'deliver:press-9'])
    open()
    await settled()
    expect(ran.toSorted()).toEqual(['approve', ...own])
  })

  test('is taken up once where it is noted twice by one statement', async () => {
    const { settled } = await working()
    const names = ['a', 'b', 'c', 'c'] as const
    for (const name of new Set(names))
      await box.admit({
        id: deliveryId(name),
        source: 'slack',
        urgent: true,
        body: {},
        held: true,
      })

    await Promise.all(names.map((name) => box.acknowledged(deliveryId(name))))
    await settled()

    expect(ran.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('is begun one by one, in the order in which it was pressed', async () => {
    use(ownHands({ soonMs: 60_000 }))
    const { open, passed } = gate()
    const { settled } = await working(passed)
    const all = ['a', 'b', 'c', 'd']

    for (const name of all) await pressed(name)

    expect(hands.held()).toEqual(all)
    expect(ran).toEqual(['a'])
    open()
    await settled()
    expect(ran).toEqual(all)
  })

  test('is begun when people press nothing close upon each other any more', async () => {
    const { open, passed } = gate()
    const asked: number[] = []
    use(ownHands({ calm: (longestMs) => (asked.push(longestMs), passed()) }))
    const { settled } = await working()

    await pressed('a')
    await pressed('b')

    expect(hands.held()).toEqual(['a', 'b'])
    expect(ran).toEqual([])
    open()
    await settled()
    expect(ran).toEqual(['a', 'b'])
    // Counted from when each was taken up, not from when its turn came.
    expect(asked[0]).toBeGreaterThan(asked[1] ?? Infinity)
    expect(asked[0]).toBeLessThanOrEqual(2_000)
  })

  test('does not wait for long for what hangs', async () => {
    const { open, passed } = gate()
    const { settled } = await working(passed)

    await Promise.all(['a', 'b', 'c', 'd'].map((name) => pressed(name)))

    await expect.poll(() => ran.toSorted(), { timeout: 10_000 }).toEqual(['a', 'b', 'c', 'd'])
    open()
    await settled()
    expect(ran).toHaveLength(4)
  })

  test('is queued where nobody works yet', async () => {
    await pressed('a')
    expect(await queued()).toEqual(['deliver:a'])

    const { settled } = await working()
    await settled()

    expect(ran).toEqual(['a'])
  })

  test('is queued when nobody has pressed it: a command may wait for a platform', async () => {
    const { settled } = await working()

    await pressed('a', { urgent: false })

    expect(hands.held()).toEqual([])
    await settled()
    expect(ran).toEqual(['a'])
  })

  test('is tried again by the queue when it fails', async () => {
    let tries = 0
    const { settled } = await working(async () => {
      tries += 1
      if (tries === 1) throw new Error('Slack was away')
    })

    await pressed('a')
    await expect.poll(() => ran).toEqual(['a'])
    await settled()

    expect(ran).toEqual(['a', 'a'])
  })

  test('is handed over when the process stops', async () => {
    const { open, passed } = gate()
    const { stop } = await working(passed)
    await pressed('a')
    await expect.poll(() => ran).toEqual(['a'])

    const stopped = stop()
    await pressed('b')
    open()
    await stopped

    expect(await queued()).toEqual(['deliver:b'])
    const { settled } = await working()
    await settled()
    expect(ran).toEqual(['a', 'b'])
  })

  test('is taken up once, although the answer that says so was lost', async () => {
    const { settled } = await working()
    const id = deliveryId('a')
    await box.admit({ id, source: 'slack', urgent: true, body: {}, held: true })
    const lost = hands.free()
    await database.owner.query(
      `UPDATE inbox SET acknowledged = true, taken_by = $1, taken_at = now()`,
      [lost?.name],
    )
    lost?.letGo()

    await box.acknowledged(id)
    await settled()

    expect(ran).toEqual(['a'])
  })
})

describe('what a replica had taken up', () => {
  const taken = async (by: string, ago: string) => {
    await box.admit({ id: deliveryId('a'), source: 'slack', urgent: true, body: {}, held: true })
    await database.owner.query(
      `UPDATE inbox SET acknowledged = true, taken_by = $1, taken_at = now() - $2::interval`,
      [by, ago],
    )
  }

  test('T103 is taken over at once when that is gone', async () => {
    const { settled } = await working()

    await taken('gone', '0 s')
    await settled()

    expect(ran).toEqual(['a'])
  })

  test('is left to it while it lives', async () => {
    const other = await database.owner.connect()
    await other.query('SELECT pg_advisory_lock(42)')
    await other.query(
      `INSERT INTO replicas (id, worker_pools, lock_key, started_at, lease_until)
       VALUES ('other', '{}', 42, now(), now() + interval '1 hour')`,
    )
    const { kick } = await working()

    await taken('other', '1 minute')
    await kick()

    const before = await queued()
    other.release(true)
    expect(before).toEqual([])
    await expect.poll(() => ran, { timeout: 10_000 }).toEqual(['a'])
  })

  test('and does not hold any more is queued', async () => {
    const { replica, settled } = await working()

    await taken(replica, '16 s')
    await settled()

    expect(ran).toEqual(['a'])
  })

  test('while the look for lost work waited for a connection is not lost', async () => {
    const held = [deliveryId('earlier')]
    const { pools } = database
    const others = await Promise.all(
      Array.from({ length: pools.work.options.max }, () => pools.work.connect()),
    )
    const look = sweep(pools.work, () => ({ name: 'here', held }))

    await taken('here', '16 s')
    held.push(deliveryId('a'))
    for (const one of others) one.release()
    await look

    expect(await queued()).toEqual([])
  })
})
