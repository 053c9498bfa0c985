import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { rollbacks } from './rollbacks.ts'
import { type Shop, startShop } from './shop.ts'

const hanging = Array.from({ length: 8 }, (_, at) => `hanging-${at}`)
let database: TestDatabase
let shop: Shop
let play: ReturnType<typeof rollbacks>

beforeAll(async () => {
  database = await freshDatabase()
  shop = await startShop({ databaseUrl: database.url, services: ['calm', 'busy', ...hanging] })
  play = rollbacks(shop, database.owner)
  for (const service of ['calm', 'busy']) await play.asks(service)
  for (const service of ['calm', 'busy']) await play.asked(service)
})
afterAll(async () => {
  await shop.close()
  await database.close()
})

/** Milliseconds from the press to the record. */
async function decisionOn(service: string): Promise<number> {
  const pressed = Date.now()
  expect(await play.approves(service)).toBe('acknowledged')
  return (await play.reaches(service, 'approval_given')).at - pressed
}

test('T113 an approval does not wait behind plans for a cluster that does not answer', async () => {
  const calm = await decisionOn('calm')
  shop.proxies.Kubernetes.set({ kind: 'black hole' })
  for (const service of hanging) await play.asks(service)

  const busy = await decisionOn('busy')

  console.log(
    `an approval took ${Math.round(calm)} ms, behind hanging plans ${Math.round(busy)} ms`,
  )
  expect(busy).toBeLessThan(1_000)
})
