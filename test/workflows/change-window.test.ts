import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ChangeWindows, weekdays } from '#domain/schedule/change-windows.ts'
import { zone } from '#domain/schedule/local-time.ts'
import { type Instant, minutes, plus } from '#domain/time.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aScene } from '../support/scripted-world.ts'
import { workflows } from '#workflows/index.ts'
import { people } from '../support/builders.ts'
import { aDelivery, propose } from './cast.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const place = 'Asia/Kolkata'
const minuteAt = (at: Instant): number =>
  Math.floor(zone(place).localAt(at) / minutes(1)) % (24 * 60)

/** Open every day from `from` to `to`, in minutes after now. */
const openIn = (now: Instant, from: number, to: number): ChangeWindows => ({
  zone: place,
  open: [
    {
      days: weekdays,
      from: (minuteAt(now) + from + 1_440) % 1_440,
      to: (minuteAt(now) + to + 1_440) % 1_440,
    },
  ],
  closed: [],
})

async function asking(from: number, to: number) {
  const scene = await aScene(database)
  const now = await scene.world.timeline.now()
  const service = { ...scene.service, changeWindows: openIn(now, from, to) }
  const world = { ...scene.world, catalogue: new Map([[service.id, service]]) }
  const rollback = await propose({ ...scene, world, service }, { notBefore: 'next window' })
  return { rollback, now }
}
const wholeMinute = (at: Instant) => Math.floor(at / minutes(1)) * minutes(1)

test('it waits for the next change window, says when that is, and begins then', async () => {
  const { rollback, now } = await asking(90, 180)
  const opens = plus(wholeMinute(now) as Instant, minutes(90))

  expect(rollback.asked.begins).toEqual({
    at: opens,
    latest: plus(opens, minutes(30)),
    window: { zone: place, until: plus(opens, minutes(90)) },
  })
  expect((await rollback.state()).strategy).toBe('scheduled')
  await database.moveClock(minutes(10))
  await rollback.approve(people.teamLead)
  await rollback.approve(people.manager)
  await rollback.advance()
  expect((await rollback.state()).phase).toBe('approved')
  await database.moveClock(minutes(81))
  await rollback.advance()
  expect((await rollback.state()).phase).toBe('verifying')
})

test('while a window is open it begins as soon as it is approved', async () => {
  const { rollback, now } = await asking(-30, 60)

  expect(rollback.asked.begins?.at).toBeLessThanOrEqual(plus(now, minutes(1)))
  await rollback.approve()
  await rollback.advance()
  expect((await rollback.state()).phase).toBe('verifying')
})

test('it must begin before the window closes, also when that is within the 30 minutes', async () => {
  const { rollback, now } = await asking(-30, 5)
  const closes = plus(wholeMinute(now) as Instant, minutes(5))
  expect(rollback.asked.begins?.latest).toBe(closes)

  await database.moveClock(minutes(6))
  await rollback.advance()

  expect((await rollback.state()).phase).toBe('expired')
})

test('a request that is repeated is told the same time', async () => {
  const scene = await aScene(database)
  const now = await scene.world.timeline.now()
  const service = { ...scene.service, changeWindows: openIn(now, 90, 180) }
  const world = { ...scene.world, catalogue: new Map([[service.id, service]]) }
  const delivery = aDelivery()
  const first = await propose({ ...scene, world, service }, { notBefore: 'next window' }, delivery)
  const again = await propose({ ...scene, world, service }, { notBefore: 'next window' }, delivery)

  expect(again.asked.begins).toEqual(first.asked.begins)
})

test('without change windows nothing is asked for, and nothing is written', async () => {
  const { world, service } = await aScene(database)

  const answer = await workflows(world).requestRollback(
    {
      by: people.onCall,
      service: service.id,
      to: undefined,
      reason: 'errors',
      reasonKind: 'other',
      severity: undefined,
      since: undefined,
      notBefore: 'next window',
    },
    aDelivery(),
  )

  expect(answer).toEqual({ kind: 'no_change_window', service: service.id, why: 'not_configured' })
  expect(await world.timeline.recentIncidents(service.id, 1)).toEqual([])
})
