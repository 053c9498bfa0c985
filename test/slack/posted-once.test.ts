import { WebClient } from '@slack/web-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Posted } from '#sandbox/slack/model.ts'
import { incidentId, rollbackId } from '#domain/ids.ts'
import { changeOf } from '#workflows/record.ts'
import { aPolicy } from '../support/builders.ts'
import { type EdgeWorld, edgeWorld } from './edge-world.ts'

let world: EdgeWorld
afterEach(() => world.close())
beforeEach(async () => {
  world = await edgeWorld()
})

const ask = () =>
  world.slack.as('onCall').command('/rollback checkout --reason errors', { channel: 'checkout' })

/** Everything of ours that stands in channels, replies too. */
const standing = (): readonly Posted[] => {
  const all = world.slack
    .channels()
    .flatMap(({ id }) =>
      world.slack
        .messages(id)
        .flatMap((posted) => [posted, ...world.slack.replies(id, posted.message.ts)]),
    )
  return all.filter(
    (posted, index) => all.findIndex(({ message }) => message.ts === posted.message.ts) === index,
  )
}
const keyOf = ({ message }: Posted): unknown =>
  (message.metadata?.['event_payload'] as { readonly key?: unknown } | undefined)?.key
const keys = (): readonly unknown[] =>
  standing()
    .map(keyOf)
    .filter((key) => key !== undefined)
const twice = (): readonly unknown[] => keys().filter((key, index) => keys().indexOf(key) !== index)
const callsOf = (method: string) => world.slack.calls().filter((call) => call.method === method)
const warned = (posted: Posted): boolean =>
  world.slack.words(posted.message).includes('may stand here twice')

const waiting = async (): Promise<number> =>
  Number(
    (await world.database.owner.query(`SELECT count(*) FROM outbox WHERE state = 'waiting'`))
      .rows[0].count,
  )
/** Shows what was postponed, at once and as often as it takes. */
async function later(): Promise<void> {
  for (let round = 0; round < 5 && (await waiting()) > 0; round += 1) {
    await world.database.owner.query(`UPDATE outbox SET retry_at = NULL WHERE state = 'waiting'`)
    await world.settle()
  }
}
/** As if the first try had been longer ago than anybody waits. */
const longAgo = () =>
  world.database.owner.query(`UPDATE postings SET begun_at = begun_at - interval '2 minutes'`)

test('T125 a message that Slack took, and whose answer was lost, stands once', async () => {
  await ask()
  world.slack.faults.loseAnswer('chat.postMessage', 3)

  await world.settle()
  await later()

  expect(await waiting()).toBe(0)
  expect(keys().length).toBeGreaterThan(3)
  expect(twice()).toEqual([])
  expect(standing().filter(warned)).toEqual([])
})

test('T125 a card that was found again is pinned and shows the record as it is now', async () => {
  await ask()
  world.slack.faults.loseAnswer('chat.postMessage', 1)
  await world.settle()
  const [first] = standing().filter((posted) => String(keyOf(posted)).startsWith('card:'))

  await later()
  const room = world.slack.channels().find(({ name }) => name.startsWith('inc-'))

  expect(first).toBeDefined()
  expect(room?.pins).toEqual([first?.message.ts])
  await world.slack.as('onCall').click(card(), 'countermand:approve', { confirm: true })
  await world.settle()
  await later()
  expect(await world.eventKinds()).toContain('approval_given')
  expect(twice()).toEqual([])
})

const card = (): Posted => {
  const found = standing().find((posted) => String(keyOf(posted)).startsWith('card:'))
  if (!found) throw new Error(`no card:\n${world.slack.transcript()}`)
  return found
}

test('T125 a message that Slack did not take is posted', async () => {
  await ask()
  world.slack.faults.status('chat.postMessage', 503, 3)

  await world.settle()
  await later()

  expect(await waiting()).toBe(0)
  expect(callsOf('conversations.history').length).toBeGreaterThan(0)
  expect(keys().length).toBeGreaterThan(3)
  expect(twice()).toEqual([])
  expect(standing().filter(warned)).toEqual([])
})

test('T125 a process that died after posting is followed by one that finds the message', async () => {
  await ask()
  await world.settle()
  // What the record would look like: posted, and nobody wrote down where.
  const { rows } = await world.database.owner.query(
    `UPDATE outbox SET state = 'waiting', settled_at = NULL WHERE kind <> 'channel' RETURNING key`,
  )
  await world.database.owner.query(
    `INSERT INTO postings (key, channel, begun_at) SELECT key, channel, posted_at FROM surfaces`,
  )
  await world.database.owner.query('DELETE FROM surfaces')
  const before = keys()

  await world.settle()
  await later()

  expect(rows.length).toBeGreaterThan(3)
  expect(callsOf('conversations.replies').length).toBeGreaterThan(0)
  expect(keys().filter((key) => before.includes(key))).toHaveLength(before.length)
  expect(twice()).toEqual([])
})

test('T125 a message is not looked for when it is certain that it was not taken', async () => {
  await ask()
  world.slack.faults.rateLimit('chat.postMessage', 1, 2)

  await world.settle()
  const left = async () => {
    await later()
    return waiting()
  }

  // Slack's seconds pass by the clock on the wall.
  await expect.poll(left).toBe(0)
  expect(callsOf('conversations.history')).toEqual([])
  expect(twice()).toEqual([])
})

test('T125 where Slack does not let us look, it is said, and said that it may stand there twice', async () => {
  world.slack.faults.refuse('conversations.history', 'missing_scope')
  await ask()
  world.slack.faults.loseAnswer('chat.postMessage', 1)

  await world.settle()
  await later()

  expect(await waiting()).toBe(0)
  expect(twice().length).toBe(1)
  const marks = standing().filter(warned)
  expect(marks.map(keyOf)).toEqual(twice())
})

test('T125 while looking fails it is waited for, but not longer than a minute', async () => {
  world.slack.faults.status('conversations.history', 503)
  await ask()
  world.slack.faults.loseAnswer('chat.postMessage', 1)
  await world.settle()

  await later()
  const kept = await waiting()
  await longAgo()
  await later()

  expect(kept).toBeGreaterThan(0)
  expect(await waiting()).toBe(0)
  expect(standing().filter(warned).length).toBe(1)
})

test('T125 the same metadata in a message of somebody else is not taken for ours', async () => {
  await ask()
  world.slack.faults.status('chat.postMessage', 503, 1)
  await world.settle()
  const { rows } = await world.database.owner.query('SELECT key, channel FROM postings')
  world.slack.as('outsider').say('look here', {
    channel: rows[0].channel,
    metadata: { event_type: 'countermand_notice', event_payload: { key: rows[0].key } },
  })

  await later()

  const ours = standing().filter((posted) => keyOf(posted) === rows[0].key)
  expect(ours.length).toBe(2)
  expect(ours.map(({ message }) => message.user)).toContain('U0OUTSIDE1')
})

test('T125 a message that Slack shows only after it was posted again is taken away; what counts stays, and so does what people answered', async () => {
  await ask()
  world.slack.faults.status('chat.postMessage', 503, 2)
  await world.settle()
  const { rows: tried } = await world.database.owner.query('SELECT key FROM postings ORDER BY key')
  await later()
  const kept = standing().map(({ message }) => message.ts)
  const { rows: doubted } = await world.database.owner.query(
    'SELECT key, channel, thread FROM perhaps_twice ORDER BY key',
  )

  const answered = await showsLate(doubted[0])
  world.slack.as('onCall').say('which one counts?', {
    channel: doubted[0].channel,
    thread: answered,
  })
  const late = [await showsLate(doubted[0]), await showsLate(doubted.at(-1))]
  const before = twice().length
  await looks()

  expect(doubted.map(({ key }) => key)).toEqual(tried.map(({ key }) => key))
  expect(before).toBe(late.length + 1)
  const left = standing().map(({ message }) => message.ts)
  expect(kept.filter((ts) => !left.includes(ts))).toEqual([])
  expect(left).toContain(answered)
  expect(late.filter((ts) => left.includes(ts))).toEqual([])
})

test('T125 what was posted again is looked at three times, and then no more', async () => {
  await ask()
  world.slack.faults.status('chat.postMessage', 503, 1)
  await world.settle()
  await later()

  const known: number[] = []
  for (let look = 0; look < 4; look += 1) {
    const { rows } = await world.database.owner.query('SELECT FROM perhaps_twice')
    known.push(rows.length)
    await looks()
  }

  expect(known).toEqual([1, 1, 1, 0])
  expect(callsOf('chat.delete')).toEqual([])
})

/** A first try of ours that Slack took its time for. */
async function showsLate({
  key,
  channel,
  thread,
}: {
  readonly key: string
  readonly channel: string
  readonly thread: string | null
}): Promise<string> {
  const client = new WebClient(world.botToken, { slackApiUrl: world.slack.apiUrl })
  const { ts } = await client.chat.postMessage({
    channel,
    text: 'late',
    metadata: { event_type: 'countermand_notice', event_payload: { key } },
    ...(thread === null ? {} : { thread_ts: thread }),
  })
  if (ts === undefined) throw new Error('not posted')
  return ts
}
/** The pauses before a look are over. */
async function looks(): Promise<void> {
  await world.database.owner.query('UPDATE perhaps_twice SET look_at = clock_timestamp()')
  await world.edge.takeAwayTwice(new AbortController().signal)
}

test('T125 files that Slack took, and whose answer was lost, are not put there again', async () => {
  await ask()
  await world.settle()
  await world.slack.as('onCall').click(card(), 'countermand:approve', { confirm: true })
  await world.carryOut()
  await capture()
  world.slack.faults.loseAnswer('files.completeUploadExternal', 1)

  await world.settle()
  const kept = await waiting()
  await later()

  expect(kept).toBeGreaterThan(0)
  expect(await waiting()).toBe(0)
  const shared = standing().filter(({ message }) => message.files !== undefined)
  expect(shared.map(({ message }) => message.files?.map(({ title }) => title))).toEqual([
    ['checkout-1/previous logs'],
  ])
})

/** Logs of the bad version, as the rollback captures them. */
async function capture(): Promise<void> {
  const { rows } = await world.database.owner.query<{ incident: string; rollback: string }>(
    `SELECT stream_id AS incident, payload->>'rollback' AS rollback
       FROM timeline_events WHERE kind = 'rollback_requested'`,
  )
  const incident = incidentId(rows[0]?.incident ?? '')
  const name = 'checkout-1/previous logs'
  const kept = await world.evidence.keep(incident, rollbackId(rows[0]?.rollback ?? ''), {
    name,
    kind: 'previous-logs',
    text: 'panic: no payment provider',
  })
  await world.record.decide(incident, (history, now) => ({
    change: changeOf([{ kind: 'evidence_captured', items: [{ name, ...kept }], failed: [] }], {
      history,
      now,
      policy: aPolicy(),
    }),
    answer: undefined,
  }))
}
