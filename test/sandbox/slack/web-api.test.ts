import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PretendSlack } from '#sandbox/slack/index.ts'
import { aSlack, button, clientOf, section } from './support.ts'

describe('the Web API of the pretend Slack', () => {
  let slack: PretendSlack
  let now = Date.UTC(2026, 10, 21, 14, 30)
  beforeAll(async () => {
    slack = await aSlack({ now: () => now })
  })
  afterAll(() => slack.close())
  const failure = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => 'no failure',
      (error: { data?: { error?: string } }) => error.data?.error,
    )

  test('a known token learns who it is, another is invalid_auth, none is not_authed', async () => {
    expect(await clientOf(slack).auth.test()).toMatchObject({ ok: true, user_id: 'U0COUNTERM' })
    expect(await failure(clientOf(slack, 'xoxb-other').auth.test())).toBe('invalid_auth')
    const bare = await fetch(`${slack.apiUrl}auth.test`, { method: 'POST' })
    expect(await bare.json()).toEqual({ ok: false, error: 'not_authed' })
  })

  test('JSON bodies are taken as well as forms', async () => {
    const response = await fetch(`${slack.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer xoxb-test-token' },
      body: JSON.stringify({ channel: 'C0CHECKOUT', blocks: [section('as JSON')] }),
    })

    expect(await response.json()).toMatchObject({ ok: true, channel: 'C0CHECKOUT' })
  })

  test('a message can be posted, edited, broadcast from its thread, linked to and deleted', async () => {
    const { chat, conversations } = clientOf(slack)
    const { ts = '' } = await chat.postMessage({ channel: 'C0PAYMENTS', text: 'first' })
    await chat.update({ channel: 'C0PAYMENTS', ts, text: 'second' })
    await chat.postMessage({ channel: 'C0PAYMENTS', thread_ts: ts, text: 'quiet' })
    await chat.postMessage({
      channel: 'C0PAYMENTS',
      thread_ts: ts,
      text: 'loud',
      reply_broadcast: true,
    })

    const history = await conversations.history({ channel: 'C0PAYMENTS' })
    expect(history.messages?.map(({ text }) => text)).toEqual(['loud', 'second'])
    expect(history.messages?.[1]).toMatchObject({ reply_count: 2, edited: { user: 'U0COUNTERM' } })
    const replies = await conversations.replies({ channel: 'C0PAYMENTS', ts })
    expect(replies.messages?.map(({ text }) => text)).toEqual(['second', 'quiet', 'loud'])
    const link = await chat.getPermalink({ channel: 'C0PAYMENTS', message_ts: ts })
    expect(link.permalink).toContain(`/archives/C0PAYMENTS/p${ts.replace('.', '')}`)
    await chat.delete({ channel: 'C0PAYMENTS', ts })
    expect(await failure(chat.update({ channel: 'C0PAYMENTS', ts, text: 'late' }))).toBe(
      'message_not_found',
    )
  })

  test('what metadata holds is told to those who ask for it; others read its type', async () => {
    const { chat, conversations } = clientOf(slack)
    const metadata = { event_type: 'noticed', event_payload: { key: 'card:1' } }
    const { ts = '' } = await chat.postMessage({ channel: 'C0PAYMENTS', text: 'first', metadata })
    await chat.update({ channel: 'C0PAYMENTS', ts, text: 'edited' })

    const plain = await conversations.history({ channel: 'C0PAYMENTS', limit: 1 })
    const whole = await conversations.history({
      channel: 'C0PAYMENTS',
      limit: 1,
      include_all_metadata: true,
    })

    expect(plain.messages?.[0]?.metadata).toEqual({ event_type: 'noticed' })
    expect(whole.messages?.[0]).toMatchObject({ text: 'edited', metadata })
  })

  test('times of messages are unique and rise although the clock stands still', async () => {
    const { chat } = clientOf(slack)
    const posts = await Promise.all(
      Array.from({ length: 20 }, () => chat.postMessage({ channel: 'C0GENERAL1', text: 'x' })),
    )

    expect(new Set(posts.map(({ ts }) => ts)).size).toBe(20)
    expect(posts.every(({ ts }) => /^\d{10}\.\d{6}$/.test(ts ?? ''))).toBe(true)
  })

  test.each([
    ['channel_not_found', { channel: 'C0NOWHERE', text: 'x' }],
    ['channel_not_found', { channel: 'C0PRIVATE1', text: 'x' }],
    ['no_text', { channel: 'C0GENERAL1', text: '' }],
    ['thread_not_found', { channel: 'C0GENERAL1', text: 'x', thread_ts: '1.000000' }],
  ])('posting answers %s', async (error, message) => {
    expect(await failure(clientOf(slack).chat.postMessage(message))).toBe(error)
  })

  test('editing beyond 4000 characters is msg_too_long', async () => {
    const { chat } = clientOf(slack)
    const { ts = '' } = await chat.postMessage({ channel: 'C0GENERAL1', text: 'x' })

    expect(await failure(chat.update({ channel: 'C0GENERAL1', ts, text: 'x'.repeat(4_001) }))).toBe(
      'msg_too_long',
    )
  })

  test('blocks beyond a limit are refused with a pointer to the place', async () => {
    const { chat } = clientOf(slack)
    const blocks = [
      section('fine'),
      { type: 'actions' as const, elements: [{ ...button('Go', 'go'), disabled: true }] },
    ]

    const refused = await chat
      .postMessage({ channel: 'C0GENERAL1', text: 'x', blocks })
      .catch((error: { data: unknown }) => error.data)

    expect(refused).toMatchObject({ error: 'invalid_blocks' })
    expect(JSON.stringify(refused)).toContain('json-pointer:/blocks/1/elements/0')
  })

  test('a channel is made once, gets people, a topic, a pin and a bookmark', async () => {
    const { conversations, pins, bookmarks, chat } = clientOf(slack)
    const { channel } = await conversations.create({ name: 'inc-1-checkout' })
    const id = channel?.id ?? ''
    await conversations.invite({ channel: id, users: 'U0ONCALL01,U0LEAD0001' })
    await conversations.setTopic({ channel: id, topic: 'checkout is broken' })
    const { ts = '' } = await chat.postMessage({ channel: id, text: 'the card' })
    await pins.add({ channel: id, timestamp: ts })
    await bookmarks.add({
      channel_id: id,
      title: 'Runbook',
      type: 'link',
      link: 'https://x.example',
    })

    expect(await failure(conversations.create({ name: 'inc-1-checkout' }))).toBe('name_taken')
    expect(await failure(conversations.create({ name: 'Inc 1' }))).toBe('invalid_name_specials')
    expect(await failure(conversations.invite({ channel: id, users: 'U0ONCALL01' }))).toBe(
      'already_in_channel',
    )
    expect(await failure(pins.add({ channel: id, timestamp: ts }))).toBe('already_pinned')
    expect(await failure(conversations.setTopic({ channel: id, topic: 'x'.repeat(251) }))).toBe(
      'too_long',
    )
    expect(slack.channels().find((one) => one.id === id)).toMatchObject({
      members: ['U0COUNTERM', 'U0ONCALL01', 'U0LEAD0001'],
      topic: 'checkout is broken',
      pins: [ts],
    })
    const members = await conversations.members({ channel: id, limit: 2 })
    const rest = await conversations.members({
      channel: id,
      cursor: members.response_metadata?.next_cursor ?? '',
    })
    expect([...(members.members ?? []), ...(rest.members ?? [])]).toHaveLength(3)
  })

  test('people, guests, strangers and groups are told apart', async () => {
    const { users, usergroups } = clientOf(slack)

    expect((await users.info({ user: 'U0GUEST001' })).user).toMatchObject({ is_restricted: true })
    expect((await users.info({ user: 'U0EXTERN01' })).user).toMatchObject({
      team_id: 'T0PARTNER1',
    })
    expect(
      (await usergroups.list({ include_users: true })).usergroups?.map(({ handle }) => handle),
    ).toEqual(['checkout-oncall', 'payments-leads'])
    slack.setUserGroup('checkout-oncall', ['onCall', 'manager'])
    slack.changeUser('manager', { deactivated: true })
    expect((await usergroups.users.list({ usergroup: 'S0CHECKOUT' })).users).toEqual(['U0ONCALL01'])
    expect((await users.info({ user: 'U0MANAGER1' })).user?.deleted).toBe(true)
    expect(await failure(users.lookupByEmail({ email: 'tomasz@shop.example' }))).toBe(
      'users_not_found',
    )
  })

  test('a file goes up in three steps and is shown in its channel', async () => {
    const client = clientOf(slack)

    await client.filesUploadV2({
      channel_id: 'C0CHECKOUT',
      filename: 'pods.log',
      title: 'Logs of the bad pods',
      content: 'connection refused\n',
      initial_comment: 'Evidence',
    })

    const [kept] = slack.files()
    expect(kept?.content.toString()).toBe('connection refused\n')
    expect(slack.messages('checkout').at(-1)?.message).toMatchObject({
      text: 'Evidence',
      files: [{ title: 'Logs of the bad pods' }],
    })
    const read = await fetch(kept?.file.url ?? '')
    expect(await read.text()).toBe('connection refused\n')
  })

  test('a response address takes five answers within half an hour', async () => {
    await slack.as('onCall').command('/rollback x', { channel: 'checkout' })
    const body = new URLSearchParams(slack.requests().at(-1)?.sent.body)
    const url = body.get('response_url') ?? ''
    const answer = (text: string): Promise<Response> =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ text }),
      })

    const first = [await answer('1'), await answer('2'), await answer('3'), await answer('4')]
    now += 29 * 60_000
    const fifth = await answer('5')
    const sixth = await answer('6')

    expect([...first, fifth].map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(sixth.status).toBe(404)
    expect(
      slack
        .ephemerals('onCall')
        .slice(-5)
        .map(({ message }) => message.text),
    ).toEqual(['1', '2', '3', '4', '5'])
  })

  test('faults last as long as they are told to', async () => {
    const { chat, auth } = clientOf(slack)
    slack.faults.rateLimit('chat.postMessage', 7, 1)
    slack.faults.refuse('chat.postMessage', 'is_archived', 1)
    const post = () => chat.postMessage({ channel: 'C0GENERAL1', text: 'x' })

    await expect(post()).rejects.toMatchObject({ retryAfter: 7 })
    expect(await failure(post())).toBe('is_archived')
    expect(await post()).toMatchObject({ ok: true })
    const before = slack.messages('general').length
    slack.faults.loseAnswer('chat.postMessage', 1)
    await expect(post()).rejects.toThrow('fetch failed')
    expect(slack.messages('general')).toHaveLength(before + 1)
    slack.faults.down(true)
    await expect(auth.test()).rejects.toThrow('fetch failed')
    slack.faults.clear()
    expect(await auth.test()).toMatchObject({ ok: true })
  })

  test('a token without the scope is told which one is missing', async () => {
    const narrow = await aSlack({ scopes: ['chat:write'] })

    const refused = await clientOf(narrow)
      .pins.add({ channel: 'C0GENERAL1', timestamp: '1' })
      .catch((error: { data: unknown }) => error.data)

    expect(refused).toMatchObject({ error: 'missing_scope', needed: 'pins:write' })
    await narrow.close()
  })

  test('only loopback names are served', async () => {
    const { hostname, port } = new URL(slack.url)
    const { request } = await import('node:http')
    const status = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '/', headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })

    expect(status).toBe(403)
  })
})
