import { afterAll, beforeAll, expect, test } from 'vitest'
import { minutes } from '#domain/time.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { rollbacks } from './rollbacks.ts'
import { onCall, outsider, type Shop, startShop } from './shop.ts'

let database: TestDatabase
let shop: Shop
let play: ReturnType<typeof rollbacks>
beforeAll(async () => {
  database = await freshDatabase()
  shop = await startShop({
    databaseUrl: database.url,
    services: ['calm'],
    ackTimeoutMs: 30_000,
  })
  play = rollbacks(shop, database.owner)
  await play.asks('calm')
  await play.asked('calm')
})
afterAll(async () => {
  await shop.close()
  await database.close()
})

const [, curious = outsider] = onCall

/** What is not answered yet, and why it was given up. */
async function undone(): Promise<readonly (string | null)[]> {
  const { rows } = await database.owner.query<{ given_up: string | null }>(
    'SELECT given_up FROM inbox WHERE done_at IS NULL',
  )
  return rows.map((row) => row.given_up)
}

/** As if the pauses between two tries were over: how often the requests that wait have failed. */
async function hurried(): Promise<readonly number[]> {
  const { rows } = await database.owner.query<{ failures: number | null }>(
    `WITH hurried AS (
       UPDATE graphile_worker._private_jobs SET run_at = clock_timestamp()
        WHERE key LIKE 'deliver:%' AND locked_at IS NULL AND run_at > clock_timestamp())
     SELECT (payload ->> 'failures')::int AS failures
       FROM graphile_worker._private_jobs WHERE key LIKE 'deliver:%'`,
  )
  return rows.map(({ failures }) => failures ?? 0)
}
/** Slack is away for so many tries of each of two requests. */
const triedInVain = async (times: number) =>
  await expect
    .poll(async () => (await hurried()).filter((failures) => failures >= times).length, {
      timeout: 60_000,
      interval: 50,
    })
    .toBe(2)
/** Slack is back in the middle of no try: half of one would have failed, and the other half be told. */
async function slackIsBack() {
  const isAtRest = async () => {
    const { rows } = await database.owner.query<{ rests: boolean }>(
      `SELECT bool_and(locked_at IS NULL AND run_at > clock_timestamp() + interval '1 second') AS rests
         FROM graphile_worker._private_jobs WHERE key LIKE 'deliver:%'`,
    )
    return rows[0]?.rests
  }
  await expect.poll(isAtRest, { timeout: 60_000, interval: 20 }).toBe(true)
  shop.proxies.Slack.set({ kind: 'none' })
}
const answeredThen = async () =>
  await expect
    .poll(
      async () => {
        await hurried()
        return undone()
      },
      { timeout: 60_000, interval: 50 },
    )
    .toEqual([])

/** Somebody asks something and somebody else presses a button that is not theirs, while Slack cannot be reached. */
async function bothAsk() {
  await expect.poll(undone).toEqual([])
  const card = await play.asked('calm')
  const before = { curious: toldTo(curious).length, outsider: toldTo(outsider).length }
  shop.proxies.Slack.set({ kind: 'reset' })
  await shop.slack.as(curious.id).command('/rollback status calm', { channel: 'calm' })
  await shop.slack.as(outsider.id).click(card, 'Approve', { confirm: true })
  return before
}

const toldTo = ({ id }: { readonly id: string }): readonly string[] =>
  shop.slack.ephemerals(id).map(({ message }) => shop.slack.words(message))

test('T121 Slack cannot be reached for longer than eight tries take: whoever asked and whoever pressed have their answers when it can, once each', async () => {
  const before = await bothAsk()
  await triedInVain(12)
  const meanwhile = { curious: toldTo(curious).length, outsider: toldTo(outsider).length }

  await slackIsBack()
  await answeredThen()

  expect(meanwhile).toEqual(before)
  expect(toldTo(curious).slice(before.curious)).toEqual([expect.stringContaining('calm')])
  expect(toldTo(outsider).slice(before.outsider)).toEqual([
    expect.stringContaining('on-call engineer'),
  ])
  const kinds = (await play.happened('calm')).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind === 'decision_refused')).toHaveLength(1)
})

test('T121 after six minutes of it a refusal is what it was, and what nothing came of is told to have come too late', async () => {
  const before = await bothAsk()
  await triedInVain(1)
  await database.moveClock(minutes(6))
  const [most = 0] = (await hurried()).toSorted((a, b) => b - a)
  await triedInVain(most + 8)

  await slackIsBack()
  await answeredThen()

  expect(toldTo(curious).slice(before.curious)).toEqual([
    expect.stringContaining('nothing was decided by it'),
  ])
  expect(toldTo(outsider).slice(before.outsider)).toEqual([
    expect.stringContaining('on-call engineer'),
  ])
})
