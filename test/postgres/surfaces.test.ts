import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { deliveryId, type IncidentId, personId, revisionId } from '#domain/ids.ts'
import { minutes, seconds } from '#domain/time.ts'
import type { Outbox } from '#ports/surfaces.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { inbox, tidyInbox } from '#postgres/inbox.ts'
import { outbox } from '#postgres/outbox.ts'
import { people } from '#postgres/people.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aChange, anIncident, aRollback, aWorkload, declared, key } from './builders.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

describe('inbox', () => {
  const aDelivery = (id: string) => ({
    id: deliveryId(id),
    source: 'slack' as const,
    urgent: true,
    body: { text: 'click\0' },
  })

  test('admits a delivery once, however often and wherever it is repeated', async () => {
    const box = inbox(database.pools.decisions)

    const admitted = await Promise.all(
      Array.from({ length: 8 }, () => box.admit(aDelivery('replayed'))),
    )

    expect(admitted.filter(Boolean)).toHaveLength(1)
    expect(await box.load(deliveryId('replayed'))).toMatchObject({
      body: { text: 'click\u{FFFD}' },
      isAcknowledged: true,
    })
  })

  test('what is held waits until it is acknowledged; of abandoning and acknowledging at once, one counts', async () => {
    const box = inbox(database.pools.decisions)
    const jobs = async (id: string) =>
      (
        await database.owner.query(
          `SELECT FROM graphile_worker.jobs WHERE key = 'deliver:' || $1`,
          [id],
        )
      ).rowCount
    const outcomes: (readonly [boolean, number | null])[] = []
    for (const id of ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']) {
      await box.admit({ ...aDelivery(id), held: true })
      expect(await jobs(id)).toBe(0)
      const [isAbandoned] = await Promise.all([
        box.abandon(deliveryId(id)),
        box.acknowledged(deliveryId(id)),
      ])
      outcomes.push([isAbandoned, await jobs(id)])
    }

    for (const outcome of outcomes)
      expect([
        [true, 0],
        [false, 1],
      ]).toContainEqual(outcome)
  })

  test('still refuses a delivery that was handled long ago, and forgets what was in it', async () => {
    const box = inbox(database.pools.decisions)
    await box.admit(aDelivery('handled'))
    await box.done(deliveryId('handled'))
    await database.moveClock(minutes(15))
    await tidyInbox(database.pools.work)

    expect(await box.admit(aDelivery('handled'))).toBe(false)
    expect(await box.load(deliveryId('handled'))).toBeUndefined()
  })
})

describe('outbox', () => {
  async function waitingKeys(box: Outbox, incident: IncidentId) {
    return (await box.waiting(incident)).map((waiting) => waiting.key)
  }
  const line = (seq: number) =>
    ({ kind: 'line', seq, rollback: undefined, broadcast: false }) as const

  test('gives notices in the order they were written, a card once, at the place of its first', async () => {
    const store = timeline(database.pools.work, [key])
    const box = outbox(database.pools.work)
    const [incident, rollback] = [anIncident(), aRollback()]
    const card = { kind: 'card', rollback } as const
    await store.append(
      incident,
      0,
      aChange({ events: [declared()], notices: [{ kind: 'channel' }, card, line(1)] }),
    )
    await store.append(incident, 1, aChange({ notices: [card, line(2), line(1)] }))

    expect(await waitingKeys(box, incident)).toEqual([
      `channel:${incident}`,
      `card:${rollback}`,
      `line:${incident}:1`,
      `line:${incident}:2`,
    ])
  })

  test('a card that changes while it is being shown is shown again', async () => {
    const store = timeline(database.pools.work, [key])
    const box = outbox(database.pools.work)
    const [incident, rollback] = [anIncident(), aRollback()]
    const change = aChange({ notices: [{ kind: 'card', rollback }] })
    await store.append(incident, 0, change)
    const [first] = await box.waiting(incident)
    await store.append(incident, 1, change)

    await box.delivered(first?.id ?? '', { channel: 'C1', ts: '1.1' })

    expect(await waitingKeys(box, incident)).toEqual([`card:${rollback}`])
    expect(await box.surface(`card:${rollback}`)).toEqual({ channel: 'C1', ts: '1.1' })
    const [second] = await box.waiting(incident)
    await box.delivered(second?.id ?? '', undefined)
    expect(await box.waiting(incident)).toEqual([])
    expect(await box.surface(`card:${rollback}`)).toEqual({ channel: 'C1', ts: '1.1' })
  })

  test('what was said once is never said again', async () => {
    const store = timeline(database.pools.work, [key])
    const box = outbox(database.pools.work)
    const incident = anIncident()
    await store.append(incident, 0, aChange({ notices: [line(1)] }))
    const [said] = await box.waiting(incident)
    await box.delivered(said?.id ?? '', undefined)

    await store.append(incident, 1, aChange({ notices: [line(1)] }))

    expect(await box.waiting(incident)).toEqual([])
  })

  test('what failed waits for its time; a card holds back what comes after it, a line only lines', async () => {
    const store = timeline(database.pools.work, [key])
    const box = outbox(database.pools.work)
    const [incident, rollback] = [anIncident(), aRollback()]
    const mention = { kind: 'mention', roles: ['team-lead'], about: 'asked', rollback } as const
    await store.append(
      incident,
      0,
      aChange({ notices: [{ kind: 'card', rollback }, line(1), mention, line(2)] }),
    )
    const [card, first] = await box.waiting(incident)

    await box.failed(card?.id ?? '', 'rate limited', 1_000)
    expect(await box.waiting(incident)).toEqual([])

    await database.moveClock(seconds(1))
    expect((await box.waiting(incident))[0]).toMatchObject({ id: card?.id, attempts: 1 })
    await box.delivered(card?.id ?? '', { channel: 'C1', ts: '1.1' })
    await box.failed(first?.id ?? '', 'message too long', 60_000)
    expect(await waitingKeys(box, incident)).toEqual([`mention:${incident}:1:2:asked`])

    await box.abandoned(first?.id ?? '', 'message too long')
    expect(await waitingKeys(box, incident)).toEqual([
      `mention:${incident}:1:2:asked`,
      `line:${incident}:2`,
    ])
  })
})

describe('revisions', () => {
  const sighting = (name: string, healthy = true) => ({
    revision: revisionId(`sha256:${name}`),
    name,
    template: { image: name },
    running: true,
    healthy,
    digests: { app: `sha256:${name}` },
    servedMicros: 0,
  })

  test('counts the time between two healthy sightings, not what lies before an unhealthy or another one', async () => {
    const known = revisions(database.pools.work)
    const workload = aWorkload()
    await known.saw(workload, sighting('v1'))
    await database.moveClock(minutes(10))
    await known.saw(workload, sighting('v1'))
    await database.moveClock(minutes(10))
    await known.saw(workload, sighting('v1', false))
    await database.moveClock(minutes(10))
    await known.saw(workload, sighting('v1'))
    await known.saw(workload, sighting('v2'))
    await database.moveClock(minutes(10))
    await known.saw(workload, sighting('v1'))

    const [v1] = await known.known(workload)

    expect((v1?.healthyMicros ?? 0) / minutes(1)).toBeCloseTo(10, 1)
    expect(v1?.name).toBe('v1')
  })

  test('a time in which nobody looked counts only in part', async () => {
    const known = revisions(database.pools.work)
    const workload = aWorkload()
    await known.saw(workload, sighting('v1'))
    await database.moveClock(minutes(600))
    await known.saw(workload, sighting('v1'))

    expect((await known.known(workload))[0]?.healthyMicros).toBe(minutes(15))
  })

  test('keeps what is verified or bad, since when and why, and forgets a lifted mark', async () => {
    const known = revisions(database.pools.work)
    const [workload, rollback] = [aWorkload(), aRollback()]
    const revision = revisionId('sha256:v3')
    await known.saw(workload, sighting('v3'))
    await known.markVerified(workload, { id: revision, name: 'v3' })
    await known.markBad(workload, { id: revision, name: 'v3' }, 'rolled back', rollback)
    const [first] = await known.known(workload)
    await known.markBad(workload, { id: revision, name: 'v3' }, 'again', rollback)

    const [second] = await known.known(workload)
    expect(second?.verifiedAt).toBeGreaterThan(0)
    expect(second?.bad).toEqual({ since: first?.bad?.since, because: 'again', rollback })
    expect(await known.template(workload, revision)).toEqual({ image: 'v3' })

    await known.unmarkBad(workload, revision)
    expect((await known.known(workload))[0]?.bad).toBeUndefined()
  })
})

test('evidence is scrubbed, kept once by its hash, and may be kept again', async () => {
  const locker = evidenceLocker(database.pools.work, (text) => text.replace('hunter2', '[secret]'))
  const [incident, rollback] = [anIncident(), aRollback()]
  const item = { name: 'checkout-1', kind: 'logs', text: 'password hunter2\0' }

  const first = await locker.keep(incident, rollback, item)
  const second = await locker.keep(incident, rollback, item)

  expect(second).toEqual(first)
  expect(await locker.read(incident)).toEqual([
    { name: 'checkout-1', kind: 'logs', text: 'password [secret]\u{FFFD}', sha256: first.sha256 },
  ])
})

test('T149 a person can be erased', async () => {
  const known = people(database.pools.work)
  const id = personId('T1:U9')
  await known.remember({ id, displayName: 'Ada', email: 'ada@example.org' })
  expect(await known.find([id])).toEqual([{ id, displayName: 'Ada', email: 'ada@example.org' }])

  expect(await known.erase(id)).toBe(true)

  expect(await known.find([id])).toEqual([])
})
