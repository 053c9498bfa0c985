import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FlaggerVersion } from '#domain/flagger/gates.ts'
import { minutes } from '#domain/time.ts'
import { flaggerGateTable } from '#postgres/gates.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const version: FlaggerVersion = {
  cluster: 'prod',
  namespace: 'shop',
  name: 'checkout',
  checksum: 'c1',
}
const gate = 'confirm-promotion'
const asked = { version, gate, phase: 'WaitingPromotion' } as const

test('what a promotion opened lets through while it moves, and nothing once a rollback has stopped it', async () => {
  const gates = flaggerGateTable(database.pools.work)
  const stream = 'pr-checkout.eu-1234'
  const claim = (text: string) => database.owner.query(text, [stream])
  await claim(`INSERT INTO streams (id, key_id, opened_at, last_at) VALUES ($1, 'k', now(), now())`)
  await gates.open(version, { gate, times: null, lasts: minutes(20) }, `${stream}.1 100`)
  expect(await gates.ask(asked)).toBe(false)

  await claim(
    `INSERT INTO workload_claims (rollback, workload, stream_id, claimed_at) VALUES ($1, 'w', $1, now())`,
  )
  expect(await gates.ask(asked)).toBe(true)

  await claim(`UPDATE workload_claims SET released_at = now() WHERE stream_id = $1`)
  expect(await gates.ask(asked)).toBe(false)
})

test('a time is given back once for each question that was refused after it, and never beside one that is left', async () => {
  const gates = flaggerGateTable(database.pools.work)
  const lost = { ...version, checksum: 'lost' }
  const question = { ...asked, version: lost }
  const opening = { gate, times: 1, lasts: minutes(10) } as const
  const again = async (times = 1) => {
    const [last] = (await gates.lastAsked(lost)).filter((one) => one.version.checksum === 'lost')
    for (let count = 0; count < times; count += 1)
      await gates.giveBack(lost, opening, 'rb_9.0', last?.at ?? (0 as never))
    return last?.at ?? (0 as never)
  }
  await gates.open(lost, opening, 'rb_9.0')
  await again()
  expect(await gates.ask(question)).toBe(true)
  await again()
  expect(await gates.ask(question)).toBe(false)
  const refused = await again(2)
  expect([await gates.ask(question), await gates.ask(question)]).toEqual([true, false])

  await gates.giveBack(lost, opening, 'rb_9.0', refused)
  expect(await gates.ask(question)).toBe(false)

  await again()
  await gates.shut(lost, 'rb_9.0')
  await again()
  expect(await gates.ask(question)).toBe(false)
})

test('who waits longer opens it for longer, and once more what failed meanwhile, but not what was shut for good or is used up', async () => {
  const gates = flaggerGateTable(database.pools.work)
  const of = (checksum: string) => ({ ...asked, version: { ...version, checksum } })
  const open = (checksum: string, lasts = minutes(10)) =>
    gates.open({ ...version, checksum }, { gate, times: 1, lasts }, 'rb_1.0')

  await open('late', minutes(-1))
  expect(await gates.ask(of('late'))).toBe(false)
  await open('late')
  expect(await gates.ask(of('late'))).toBe(true)
  await open('late')
  expect(await gates.ask(of('late'))).toBe(false)

  await open('failed')
  await gates.rest(version, 'rb_1.0')
  expect(await gates.ask(of('failed'))).toBe(false)
  await open('failed')
  expect(await gates.ask(of('failed'))).toBe(true)

  await open('shut')
  await gates.rest(version, 'rb_1.0')
  await gates.shut(version, 'rb_1.0')
  await open('shut')
  expect(await gates.ask(of('shut'))).toBe(false)
})
