import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { aProduction } from './started-product.ts'

let database: TestDatabase
let proxy: FaultProxy
let production: Awaited<ReturnType<typeof aProduction>>
beforeAll(async () => {
  database = await freshDatabase()
  proxy = await faultProxy(database.ownerUrl)
  production = await aProduction(database)
})
afterAll(async () => {
  await production.close()
  await proxy.close()
  await database.close()
})

/** What Kubernetes gives by itself before it kills. */
const killedAfterMs = 30_000

test('SIGTERM while the database does not answer: ends by itself before it would be killed, says that it could not hand over, and another process goes on', async () => {
  const { slack, onCall } = production
  const first = await production.start(proxy.through(database.ownerUrl))
  slack.setAppUrl(first.url)
  const pods = production.waits()
  await onCall.command('/rollback web --reason "errors since the deploy"', { channel: 'web' })
  const card = await slack.until(
    () => slack.messages('C0WEB').find(({ message }) => slack.words(message).includes('[Approve]')),
    30_000,
  )
  await onCall.click(card, 'Approve', { confirm: true })
  await comes('execution_started')
  const second = await production.start()

  proxy.set({ kind: 'black hole' })
  first.terminate()
  const began = performance.now()

  expect(await first.exit()).toBe(1)
  expect(performance.now() - began).toBeLessThan(killedAfterMs)
  expect(first.said()).toContain('Stopping took too long')
  slack.setAppUrl(second.url)
  pods.goesOn()
  await comes('execution_completed')
  const told = await kinds()
  expect(told.filter((kind) => kind === 'execution_started')).toHaveLength(1)
  expect(told.filter((kind) => kind === 'execution_completed')).toHaveLength(1)
  second.terminate()
  expect(await second.exit()).toBe(0)
}, 180_000)

async function kinds(): Promise<readonly string[]> {
  const { rows } = await database.owner.query<{ kind: string }>(
    'SELECT kind FROM timeline_events ORDER BY stream_id, seq',
  )
  return rows.map(({ kind }) => kind)
}

async function comes(kind: string): Promise<void> {
  await expect.poll(kinds, { timeout: 60_000 }).toContain(kind)
}
