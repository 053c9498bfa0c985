import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assessmentId, automationOf, isAssessment, isAutomation, serviceId } from '#domain/ids.ts'
import { instant, micros, minutes, plus } from '#domain/time.ts'
import { StaleSequence, WorkloadTaken } from '#ports/store.ts'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import {
  aChange,
  anIncident,
  aNote,
  aRollback,
  aWorkload,
  declared,
  key,
  onCall,
  requested,
} from './builders.ts'

let database: TestDatabase
let store: ReturnType<typeof timeline>
beforeAll(async () => {
  database = await freshDatabase()
  store = timeline(database.pools.work, [key])
})
afterAll(() => database.close())

describe('append', () => {
  test('returns what was added, as read gives it', async () => {
    const incident = anIncident()
    const first = await store.append(incident, 0, aChange({ events: [declared()] }))

    const added = await store.append(incident, 1, aChange({ events: [aNote('a'), aNote('b')] }))

    expect(first.map(({ seq, event }) => [seq, event.kind])).toEqual([[1, 'incident_declared']])
    expect(added.map(({ seq, actor, event }) => [seq, actor, event.kind])).toEqual([
      [2, onCall, 'note_added'],
      [3, onCall, 'note_added'],
    ])
    expect(await store.read(incident)).toEqual([...first, ...added])
  })

  test('of eight at once, one wins and the others are told that they are stale', async () => {
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared()] }))

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        store.append(incident, 1, aChange({ events: [aNote(String(n))] })),
      ),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(reasons(results).every((reason) => reason instanceof StaleSequence)).toBe(true)
    expect(await store.read(incident)).toHaveLength(2)
  })

  test('knows of each stream what it is about, as its name says', async () => {
    const streams = [
      anIncident(),
      assessmentId(`as-${anIncident()}`),
      automationOf(serviceId(`checkout-${anIncident()}`)),
    ]
    for (const stream of streams) await store.append(stream, 0, aChange())

    const { rows } = await database.owner.query<{ kind: string }>(
      'SELECT kind FROM streams WHERE id = ANY ($1) ORDER BY array_position($1, id)',
      [streams],
    )

    expect(rows.map(({ kind }) => kind)).toEqual(['incident', 'assessment', 'automation'])
    expect(streams.map((stream) => [isAssessment(stream), isAutomation(stream)])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ])
  })

  test('does not begin a stream in its middle', async () => {
    const incident = anIncident()

    await expect(store.append(incident, 3, aChange())).rejects.toThrow(StaleSequence)
    expect(await store.read(incident)).toEqual([])
  })

  test('T075 stores NUL, half surrogates and hostile keys in a form that PostgreSQL and JSON can hold', async () => {
    const incident = anIncident()
    const text = `a\0b \ud800 c \udc00 '); DROP TABLE streams; -- \u{1f600} %s $1`

    await store.append(incident, 0, aChange({ events: [aNote(text)] }))

    const [first] = await store.read(incident)
    expect(first?.event).toMatchObject({
      text: `a\u{FFFD}b \u{FFFD} c \u{FFFD} '); DROP TABLE streams; -- \u{1f600} %s $1`,
    })
  })

  test('scrubs strings before they are hashed', async () => {
    const incident = anIncident()
    const scrubbing = timeline(database.pools.work, [key], (text) =>
      text.replaceAll(/xoxb-\S+/g, '[secret]'),
    )

    const history = await scrubbing.append(
      incident,
      0,
      aChange({ events: [aNote('token xoxb-123-abc')] }),
    )

    expect(history[0]?.event).toMatchObject({ text: 'token [secret]' })
    expect(await store.read(incident)).toEqual(history)
  })
})

describe('time', () => {
  test('is exact to the microsecond in both directions', async () => {
    const incident = anIncident()
    const before = await store.now()
    const history = await store.append(incident, 0, aChange({ events: [declared()] }))
    const at = history[0]?.at ?? instant(0)

    const { rows } = await database.owner.query<{ text: string }>(
      `SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS text
         FROM timeline_events WHERE stream_id = $1`,
      [incident],
    )
    const text = rows[0]?.text ?? ''
    expect(Date.parse(`${text.slice(0, 19)}Z`) * 1_000 + Number(text.slice(20))).toBe(at)
    expect(at).toBeGreaterThan(before)
    expect(at).toBeLessThan(await store.now())
  })

  test('T049 T050 is read after the lock was taken, not when waiting for it began', async () => {
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared()] }))
    const blocker = await database.owner.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [incident])

    const waiting = store.decide(incident, (_, now) => ({ change: aChange(), answer: now }))
    await expect.poll(() => lockWaiters()).toBe(1)
    const released = await store.now()
    await blocker.query('COMMIT')
    blocker.release()

    expect(await waiting).toBeGreaterThan(released)
  })

  test('never runs backwards within a stream', async () => {
    const incident = anIncident()
    const first = await store.append(incident, 0, aChange({ events: [declared()] }))
    await database.owner.query(
      `UPDATE streams SET last_at = last_at + interval '1 hour' WHERE id = $1`,
      [incident],
    )

    const second = await store.append(incident, 1, aChange())

    expect(second[0]?.at).toBe(plus(first[0]?.at ?? instant(0), minutes(60)))
  })
})

describe('decide', () => {
  test('calls with the whole history and writes nothing when there is nothing to write', async () => {
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared(), aNote()] }))

    const answer = await store.decide(incident, (history) => ({
      change: undefined,
      answer: history.length,
    }))

    expect(answer).toBe(2)
    expect(await store.read(incident)).toHaveLength(2)
  })

  test('leaves no stream behind when it found none and wrote nothing', async () => {
    const incident = anIncident()

    await store.decide(incident, () => ({ change: undefined, answer: null }))

    const { rowCount } = await database.owner.query('SELECT FROM streams WHERE id = $1', [incident])
    expect(rowCount).toBe(0)
  })

  test('of twenty at once, each sees what the one before wrote', async () => {
    const incident = anIncident()

    const seen = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.decide(incident, (history) => ({ change: aChange(), answer: history.length })),
      ),
    )

    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('writes nothing when deciding throws', async () => {
    const incident = anIncident()
    const deciding = store.decide(incident, () => {
      throw new Error('cannot')
    })

    await expect(deciding).rejects.toThrow('cannot')
    expect(await store.read(incident)).toEqual([])
  })

  test('two processes with eight clicks each agree on one winner in every round', async () => {
    const rounds = Array.from({ length: 10 }, () => anIncident())
    for (const incident of rounds)
      await store.append(incident, 0, aChange({ events: [declared()] }))
    const clicker = fileURLToPath(new URL('./clicker.ts', import.meta.url))

    const processes = [0, 1].map(() => fork(clicker, [database.url, ...rounds], { execArgv: [] }))
    const wins = await Promise.all(
      processes.map(async (child) => {
        const [message] = await once(child, 'message')
        await once(child, 'exit')
        return Number(message)
      }),
    )

    expect(wins.reduce((a, b) => a + b)).toBe(rounds.length)
    for (const incident of rounds) expect(await store.read(incident)).toHaveLength(2)
  })
})

describe('claims', () => {
  test('T094 a workload that is taken fails the whole change and names the holder', async () => {
    const [mine, other] = [anIncident(), anIncident()]
    const workload = aWorkload()
    const rollback = aRollback()
    await store.append(mine, 0, aChange({ claims: [{ workload, rollback }] }))

    const second = store.append(
      other,
      0,
      aChange({ claims: [{ workload, rollback: aRollback() }], events: [declared()] }),
    )

    await expect(second).rejects.toThrow(WorkloadTaken)
    await expect(second).rejects.toMatchObject({ incident: mine, rollback })
    expect(await store.read(other)).toEqual([])
    expect(await store.holder(workload)).toEqual({ incident: mine, rollback })
  })

  test('several are taken together or none is, and who asks for them the other way about waits for nobody for ever', async () => {
    const [one, other] = [aWorkload(), aWorkload()]
    const wish = (workloads: readonly ReturnType<typeof aWorkload>[]) =>
      store.append(
        anIncident(),
        0,
        aChange({
          claims: workloads.map((workload) => ({ workload, rollback: aRollback() })),
        }),
      )

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => wish(index % 2 === 0 ? [one, other] : [other, one])),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(reasons(results).every((reason) => reason instanceof WorkloadTaken)).toBe(true)
    const holders = await Promise.all([store.holder(one), store.holder(other)])
    expect(holders[0]?.incident).toEqual(holders[1]?.incident)
  })

  test('of eight rivals at once, one takes the workload', async () => {
    const workload = aWorkload()

    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        store.append(anIncident(), 0, aChange({ claims: [{ workload, rollback: aRollback() }] })),
      ),
    )

    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(reasons(results).every((reason) => reason instanceof WorkloadTaken)).toBe(true)
  })

  test('a freed workload can be taken again, by the same rollback too', async () => {
    const incident = anIncident()
    const [workload, rollback] = [aWorkload(), aRollback()]
    await store.append(incident, 0, aChange({ claims: [{ workload, rollback }] }))
    await store.append(incident, 1, aChange({ claims: [{ workload, rollback }] }))
    await store.append(incident, 2, aChange({ releases: [{ rollback }] }))
    expect(await store.holder(workload)).toBeUndefined()

    await store.append(incident, 3, aChange({ claims: [{ workload, rollback }] }))

    expect(await store.holder(workload)).toEqual({ incident, rollback })
  })
})

describe('looking up', () => {
  test('finds incidents by service, rollback and channel', async () => {
    const [first, second] = [anIncident(), anIncident()]
    const rollback = aRollback()
    const channel = {
      kind: 'channel_opened',
      channel: 'C777',
      name: 'inc',
      created: false,
    } as const
    const service = serviceId('lookup')
    const closed = { kind: 'incident_closed', by: onCall, because: 'quiet' } as const
    await store.append(first, 0, aChange({ events: [declared(service), channel] }))
    await store.append(
      second,
      0,
      aChange({ events: [declared(service), channel, requested(rollback)] }),
    )

    expect(await store.openIncidents(service)).toEqual([first, second])
    expect(await store.recentIncidents(service, 1)).toEqual([second])
    expect(await store.incidentOf(rollback)).toBe(second)
    expect(await store.incidentOf(aRollback())).toBeUndefined()
    expect(await store.incidentInChannel('C777')).toBe(second)

    await store.append(second, 3, aChange({ events: [closed] }))

    expect(await store.openIncidents(service)).toEqual([first])
    expect(await store.incidentInChannel('C777')).toBe(first)
  })
})

describe('the database going away', () => {
  test('T109 an append whose connection is killed while it waits fails and leaves nothing', async () => {
    const incident = anIncident()
    await store.append(incident, 0, aChange({ events: [declared()] }))
    const blocker = await database.owner.connect()
    await blocker.query('BEGIN')
    await blocker.query('SELECT FROM streams WHERE id = $1 FOR UPDATE', [incident])

    const appending = store.append(incident, 1, aChange())
    const outcome = appending.catch((error: unknown) => String(error))
    await expect.poll(() => lockWaiters()).toBe(1)
    await blocker.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
    expect(await outcome).toContain('terminating connection')
    await blocker.query('COMMIT')
    blocker.release()

    expect(await store.append(incident, 1, aChange())).toMatchObject([{ seq: 2 }])
  })
})

const reasons = (results: readonly PromiseSettledResult<unknown>[]): readonly unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))

async function lockWaiters(): Promise<number> {
  const { rows } = await database.owner.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}

test('the wake time is kept to the microsecond', async () => {
  const incident = anIncident()
  const wakeAt = plus(await store.now(), micros(900_000_001))

  await store.append(incident, 0, aChange({ wakeAt }))

  const { rows } = await database.owner.query<{ at: string }>(
    'SELECT micros(wake_at) AS at FROM streams WHERE id = $1',
    [incident],
  )
  expect(Number(rows[0]?.at)).toBe(wakeAt)
})
