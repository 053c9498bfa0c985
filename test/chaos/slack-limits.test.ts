import { WebAPIRateLimitedError, type WebClient } from '@slack/web-api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PretendSlack, startSlack } from '#sandbox/slack/index.ts'
import { slackClient } from '#slack/client.ts'
import { silent } from '../support/database-server.ts'

const botToken = 'xoxb-limits-000001'
let slack: PretendSlack
let client: WebClient

beforeEach(async () => {
  slack = await startSlack({
    signingSecret: 's'.repeat(32),
    botToken,
    users: [],
    channels: [
      { id: 'C0FULL0001', name: 'full', members: [] },
      { id: 'C0CALM0001', name: 'calm', members: [] },
    ],
  })
  client = slackClient({ botToken, apiUrl: slack.apiUrl }, silent)
  for (const { id } of slack.channels()) await client.conversations.join({ channel: id })
})
afterEach(() => slack.close())

const say = (channel: string) => client.chat.postMessage({ channel, text: 'hello' })
const posts = () => slack.calls().filter(({ method }) => method === 'chat.postMessage').length

test('T082 a channel that Slack wants left alone is left alone, and the others are not', async () => {
  slack.faults.rateLimit('chat.postMessage', 30, 1)
  await expect(say('C0FULL0001')).rejects.toMatchObject({ retryAfter: 30 })

  await expect(say('C0FULL0001')).rejects.toMatchObject({ retryAfter: 30 })
  expect(posts()).toBe(0)
  await expect(say('C0CALM0001')).resolves.toMatchObject({ ok: true })
  expect(posts()).toBe(1)
})

test('T082 so is a method, wherever it is used, and no other one', async () => {
  const said = await say('C0FULL0001')
  slack.faults.rateLimit('chat.update', 30, 1)
  const edit = (channel: string) =>
    client.chat.update({ channel, ts: said.ts ?? '', text: 'hello again' })

  for (const channel of ['C0FULL0001', 'C0FULL0001', 'C0CALM0001'])
    await expect(edit(channel)).rejects.toBeInstanceOf(WebAPIRateLimitedError)

  expect(slack.calls().filter(({ method }) => method === 'chat.update')).toEqual([])
  await expect(say('C0FULL0001')).resolves.toMatchObject({ ok: true })
})

test('T082 when the time is over it is asked again', async () => {
  slack.faults.rateLimit('chat.postMessage', 1, 1)
  await expect(say('C0FULL0001')).rejects.toBeInstanceOf(WebAPIRateLimitedError)

  await expect.poll(() => say('C0FULL0001').catch(() => undefined)).toMatchObject({ ok: true })
})
