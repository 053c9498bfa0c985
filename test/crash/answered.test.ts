import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PretendSlack, startSlack } from '#sandbox/slack/index.ts'
import { slackLogOf } from '../support/history-checker/collect.ts'
import { surfaces } from '../support/history-checker/surfaces.ts'

const user = 'U0ONCALL1'
const botToken = 'xoxb-answered-0001'
/** An app that acknowledges, and leaves the answers to the test. */
const app = createServer((_request, response) => response.end())
let slack: PretendSlack
beforeAll(async () => {
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  slack = await startSlack({
    signingSecret: 'a secret of this test',
    botToken,
    users: [{ id: user, name: 'on-call', realName: 'On Call' }],
    channels: [{ id: 'C0SHOP', name: 'shop', members: [user] }],
    appUrl: `http://127.0.0.1:${(app.address() as AddressInfo).port}`,
  })
})
afterAll(async () => {
  await slack.close()
  app.close()
})

const broken = () => surfaces([], slackLogOf(slack)).map(({ why }) => why)
const asks = () => slack.as(user).command('/rollback help', { channel: 'shop' })
/** Answers a request at its address, counted from the first. */
async function answers(nth: number): Promise<void> {
  const form = new URLSearchParams(slack.requests()[nth]?.sent.body)
  const { status } = await fetch(form.get('response_url') ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'an answer' }),
  })
  expect(status).toBe(200)
}

test('an answer given twice does not hide that another request has none, and one sent twice wants one answer', async () => {
  await asks()
  expect(broken()).toEqual(['1 requests were not answered'])
  await answers(0)
  expect(broken()).toEqual([])

  await asks()
  await answers(0)
  expect(broken()).toEqual(['1 requests were not answered'])
  await answers(1)
  expect(broken()).toEqual([])

  await slack.replay()
  expect(broken()).toEqual([])

  await asks()
  const said = await fetch(`${slack.apiUrl}chat.postEphemeral`, {
    method: 'POST',
    headers: { authorization: `Bearer ${botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'C0SHOP', user, text: 'beside where it was asked' }),
  })
  expect(await said.json()).toMatchObject({ ok: true })
  expect(broken()).toEqual([])
})
