import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { aProduction } from './started-product.ts'

/** What others wait for must not fail because a machine is busy: only `npm run test:chaos` looks at the clock. */
const isMeasured = process.env['MEASURED'] !== 'no'

let database: TestDatabase
let production: Awaited<ReturnType<typeof aProduction>>
beforeAll(async () => {
  database = await freshDatabase()
  production = await aProduction(database)
})
afterAll(async () => {
  await production.close()
  await database.close()
})

test('SIGTERM while a rollback runs: not ready at once, what came in is answered, and another process goes on, within two seconds where it is measured', async () => {
  const { slack, onCall } = production
  const first = await production.start()
  slack.setAppUrl(first.url)
  const pods = production.waits()
  await onCall.command('/rollback web --reason "errors since the deploy"', { channel: 'web' })
  const card = await slack.until(
    () => slack.messages('C0WEB').find(({ message }) => slack.words(message).includes('[Approve]')),
    60_000,
  )
  await onCall.click(card, 'Approve', { confirm: true })
  await until(async () => (await kinds()).includes('step_applied'))
  const told = await first.figures()
  const second = await production.start()
  const before = await holder()
  const half = await halfSent(first.url)
  const said = () => slack.ephemerals(onCall.id).length
  const heard = said()
  const ask = () => onCall.command('/rollback status web', { channel: 'web' })

  first.terminate()
  const began = performance.now()
  // It takes requests for two seconds more.
  const asked = ask()
  await until(async () => (await first.ready())?.status === 503)
  const notReadyAfter = performance.now() - began
  const askedLate = isMeasured ? ask() : asked
  await until(async () => {
    const now = await holder()
    return now !== undefined && now !== before
  })
  const takenOverAfter = performance.now() - began
  half.send()

  for (const ack of [await asked, await askedLate])
    expect(ack).toMatchObject({ kind: 'acknowledged' })
  expect(await half.answer).toMatch(/^HTTP\/1\.1 401/)
  expect(await first.exit()).toBe(0)
  expect(notReadyAfter).toBeLessThan(isMeasured ? 500 : Infinity)
  expect(takenOverAfter).toBeLessThan(isMeasured ? 2_000 : Infinity)
  slack.setAppUrl(second.url)
  pods.goesOn()
  await until(async () => (await kinds()).includes('execution_completed'))
  expect((await kinds()).filter((kind) => kind === 'execution_started')).toHaveLength(1)
  await slack.until(() => said() > heard, 60_000)
  countedBy(told)
  await countedAfter(() => second.figures())
  second.terminate()
  expect(await second.exit()).toBe(0)
}, 240_000)

/** What the first counted, which was asked to do it and began. */
function countedBy(first: string): void {
  expect(first).toContain('countermand_rollbacks_requested_total{service="web"} 1')
  expect(first).toContain('countermand_decisions_total{decided="approve",outcome="allowed"} 1')
  expect(first).toMatch(/countermand_approval_wait_seconds_count 1/)
  expect(first).toMatch(/countermand_platform_call_seconds_count\{.*call="apply".*\} 1/)
  expect(first).toMatch(/countermand_slack_call_seconds_count\{method="chat.postMessage",.*\} \d/)
  expect(first).toContain('countermand_incidents_open 1')
  expect(first).toContain('countermand_ready 1')
}

/** What the second counts, which ended it. Figures are drawn beside the work: they come after the record. */
async function countedAfter(second: () => Promise<string>): Promise<void> {
  await expect.poll(second, { timeout: 60_000 }).toContain('countermand_execution_seconds_count 1')
  await expect.poll(second, { timeout: 60_000 }).toContain('countermand_replicas 1')
  expect(await second()).toMatch(/countermand_pool_connections\{pool="work",state="idle"\} \d/)
}

async function kinds(): Promise<readonly string[]> {
  const { rows } = await database.owner.query<{ kind: string }>(
    'SELECT kind FROM timeline_events ORDER BY stream_id, seq',
  )
  return rows.map(({ kind }) => kind)
}

/** Which replica works on the rollback. */
async function holder(): Promise<string | undefined> {
  const { rows } = await database.owner.query<{ id: string }>(
    `SELECT r.id FROM graphile_worker.jobs j JOIN replicas r ON j.locked_by = ANY (r.worker_pools)
      WHERE j.task_identifier = 'advance'`,
  )
  return rows[0]?.id
}

/** A request of which half has been sent. */
async function halfSent(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write('POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345')
  const answer = new Promise<string>((resolve) =>
    socket.once('data', (data) => resolve(String(data))),
  )
  return { answer, send: () => socket.end('67890') }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 60_000; !(await holds()); await sleep(20))
    if (performance.now() > end)
      throw new Error(`it never came; written is: ${(await kinds()).join()}`)
}
