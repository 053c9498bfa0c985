import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PretendSlack } from '#sandbox/slack/index.ts'
import { aBoltApp, aSlack, button, section } from './support.ts'

describe('requests of the pretend Slack to an app', () => {
  let slack: PretendSlack
  let stop = async (): Promise<void> => {}
  beforeEach(async () => {
    stop = async () => {}
    slack = await aSlack({ ackTimeoutMs: 30_000, retryDelaysMs: [0, 10, 20] })
  })
  afterEach(async () => {
    await stop()
    await slack.close()
  })
  const app = async (listen: Parameters<typeof aBoltApp>[1]): Promise<void> => {
    const started = await aBoltApp(slack, listen)
    stop = started.stop
  }
  const confirm = {
    title: { type: 'plain_text' as const, text: 'Sure?' },
    text: { type: 'mrkdwn' as const, text: 'Roll back *checkout* now?' },
    confirm: { type: 'plain_text' as const, text: 'Roll back' },
    deny: { type: 'plain_text' as const, text: 'Not yet' },
  }

  test('a slash command reaches Bolt with references instead of names, and its answer is private', async () => {
    let heard = ''
    await app((bolt) =>
      bolt.command('/rollback', async ({ command, ack }) => {
        heard = command.text
        await ack({ text: `Asked by <@${command.user_id}>` })
      }),
    )

    const ack = await slack
      .as('onCall')
      .command('/rollback checkout @lead #incidents a<b', { channel: 'checkout' })

    expect(ack).toMatchObject({ kind: 'acknowledged' })
    expect(heard).toBe('checkout <@U0LEAD0001|lead> <#C0INCIDENT|incidents> a&lt;b')
    expect(slack.ephemerals('onCall').map(({ message }) => slack.words(message))).toEqual([
      'Asked by @oncall',
    ])
    expect(slack.messages('checkout')).toEqual([])
  })

  test('a command that is acknowledged too late shows operation_timeout', async () => {
    const hasty = await aSlack({ ackTimeoutMs: 400 })
    const { stop: end } = await aBoltApp(hasty, (bolt) =>
      bolt.command('/rollback', () => new Promise(() => {})),
    )

    const ack = await hasty.as('onCall').command('/rollback checkout', { channel: 'checkout' })

    expect(ack).toMatchObject({ kind: 'failed', error: 'operation_timeout' })
    expect(hasty.ephemerals('onCall').at(-1)?.message.text).toContain('operation_timeout')
    await end()
    await hasty.close()
  })

  test('a command of no app says so', async () => {
    const strict = await aSlack({
      commands: [{ command: '/rollback', description: '', usageHint: '' }],
    })

    await strict.as('onCall').command('/rolback checkout', { channel: 'checkout' })

    expect(strict.ephemerals('onCall').at(-1)?.message.text).toBe(
      '`/rolback` is not a valid command.',
    )
    await strict.close()
  })

  test('a button asks for confirmation first, then arrives with its message and an address for answers', async () => {
    const values: unknown[] = []
    await app((bolt) => {
      bolt.command('/rollback', async ({ ack, client, command }) => {
        await ack()
        await client.chat.postMessage({
          channel: command.channel_id,
          text: 'card',
          blocks: [
            section('Roll back?'),
            {
              type: 'actions',
              block_id: 'decide',
              elements: [{ ...button('Approve', 'approve'), value: 'rb_1', confirm }],
            },
          ],
        })
      })
      bolt.action('approve', async ({ ack, body, respond, action }) => {
        await ack()
        values.push('value' in action ? action.value : undefined, body.user.id)
        await respond({ text: 'Only you see this', response_type: 'ephemeral' })
      })
    })
    await slack.as('onCall').command('/rollback checkout', { channel: 'checkout' })
    const card = await slack.until(() => slack.messages('checkout').at(-1))

    const asked = await slack.as('teamLead').click(card, 'Approve')
    expect(asked).toMatchObject({ kind: 'confirming', dialog: { confirm: { text: 'Roll back' } } })
    expect(values).toEqual([])
    const ack = await slack.as('teamLead').click(card, 'Approve', { confirm: true })

    expect(ack).toMatchObject({ kind: 'acknowledged' })
    const answer = await slack.until(() => slack.ephemerals('teamLead').at(-1))
    expect(answer.message.text).toBe('Only you see this')
    expect(values).toEqual(['rb_1', 'U0LEAD0001'])
    expect(slack.transcript()).toBe(
      [
        '#checkout  @oncall: /rollback checkout',
        '#checkout  Countermand: Roll back?',
        '    [Approve]',
        '@lead presses [Approve] and is asked to confirm',
        '@lead presses [Approve] and confirms [Roll back]',
        '#checkout  Countermand → only @lead: Only you see this',
      ].join('\n'),
    )
  })

  test('a modal opens once per trigger, keeps its errors, and closes when it is accepted', async () => {
    const seen: unknown[] = []
    let second: unknown
    await app((bolt) => {
      bolt.command('/rollback', async ({ ack, client, command }) => {
        await ack()
        const open = () =>
          client.views.open({
            trigger_id: command.trigger_id,
            view: {
              type: 'modal',
              callback_id: 'ask',
              title: { type: 'plain_text', text: 'Roll back' },
              submit: { type: 'plain_text', text: 'Ask' },
              blocks: [
                {
                  type: 'input',
                  block_id: 'service',
                  label: { type: 'plain_text', text: 'Service' },
                  element: { type: 'external_select', action_id: 'pick', min_query_length: 0 },
                },
                {
                  type: 'input',
                  block_id: 'reason',
                  label: { type: 'plain_text', text: 'Reason' },
                  element: { type: 'plain_text_input', action_id: 'typed' },
                },
              ],
            },
          })
        await open()
        second = await open().catch((error: { data?: { error?: string } }) => error.data?.error)
      })
      bolt.options('pick', async ({ ack, payload }) => {
        await ack({
          options: [
            { text: { type: 'plain_text', text: `${payload.value}out` }, value: 'checkout' },
          ],
        })
      })
      bolt.view('ask', async ({ ack, view }) => {
        seen.push(view.state.values)
        const { typed } = view.state.values['reason'] ?? {}
        if ((typed?.value?.length ?? 0) < 5)
          return ack({ response_action: 'errors', errors: { reason: 'Say more.' } })
        return ack()
      })
    })
    const person = slack.as('onCall')
    await person.command('/rollback', { channel: 'checkout' })
    const view = await slack.until(() => slack.modal('onCall'))

    expect(await person.submit(view, {})).toEqual({
      kind: 'incomplete',
      missing: ['Service', 'Reason'],
    })
    const [option = {}] = await person.options(view, 'Service', 'check')
    await person.submit(view, { Service: option, Reason: 'err' })
    expect(slack.modalErrors(view)).toEqual({ reason: 'Say more.' })
    await person.submit(view, { Service: option, Reason: 'errors after deploy' })

    expect(slack.modal('onCall')).toBeUndefined()
    expect(seen.at(-1)).toMatchObject({
      service: { pick: { selected_option: { value: 'checkout' } } },
      reason: { typed: { type: 'plain_text_input', value: 'errors after deploy' } },
    })
    expect(second).toBe('exchanged_trigger_id')
  })

  test('a trigger is good for three seconds, and an old hash loses', async () => {
    let now = Date.UTC(2026, 10, 21)
    const timed = await aSlack({ now: () => now })
    await timed.as('onCall').command('/x', { channel: 'checkout' })
    const trigger = new URLSearchParams(timed.requests().at(-1)?.sent.body).get('trigger_id')
    const { clientOf } = await import('./support.ts')
    const { views } = clientOf(timed)
    const view = {
      type: 'modal' as const,
      title: { type: 'plain_text' as const, text: 'T' },
      blocks: [section('x')],
    }
    const code = (call: Promise<unknown>): Promise<unknown> =>
      call.catch((error: { data?: { error?: string } }) => error.data?.error)

    now += 3_001
    expect(await code(views.open({ trigger_id: trigger ?? '', view }))).toBe('expired_trigger_id')
    await timed.as('onCall').command('/x', { channel: 'checkout' })
    const fresh = new URLSearchParams(timed.requests().at(-1)?.sent.body).get('trigger_id') ?? ''
    const opened = await views.open({ trigger_id: fresh, view })
    const where = { view_id: opened.view?.id ?? '', hash: opened.view?.hash ?? '' }
    await views.update({ ...where, view })
    expect(await code(views.update({ ...where, view }))).toBe('hash_conflict')
    await timed.close()
  })

  test('an event is repeated with its number and reason until it is acknowledged', async () => {
    const headers: unknown[] = []
    const { createServer } = await import('node:http')
    const server = createServer((request, response) => {
      headers.push([request.headers['x-slack-retry-num'], request.headers['x-slack-retry-reason']])
      response.statusCode = headers.length < 3 ? 500 : 200
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    slack.setAppUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)

    const acks = await slack.event({ type: 'app_mention', user: 'U0ONCALL01' })

    expect(acks.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'acknowledged'])
    expect(headers).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
    ])
    server.close()
  })

  test('a replay carries the same bytes under the same signature', async () => {
    let count = 0
    await app((bolt) =>
      bolt.command('/rollback', async ({ ack }) => {
        count += 1
        await ack()
      }),
    )
    await slack.as('onCall').command('/rollback checkout', { channel: 'checkout' })

    await slack.replay()

    const [first, again] = slack.requests()
    expect(count).toBe(2)
    expect(again?.sent.headers).toEqual(first?.sent.headers)
    expect(again?.sent.body).toBe(first?.sent.body)
  })

  test('people cannot type where they are not, and strangers keep their own team', async () => {
    await app((bolt) => bolt.command('/rollback', ({ ack }) => ack()))

    await expect(
      slack.as('outsider').command('/rollback checkout', { channel: 'leads-only' }),
    ).rejects.toThrow('not in #leads-only')
    await slack.as('external').shortcut('declare')
    const body = new URLSearchParams(slack.requests().at(-1)?.sent.body)
    expect(JSON.parse(body.get('payload') ?? '{}')).toMatchObject({
      type: 'shortcut',
      user: { id: 'U0EXTERN01', team_id: 'T0PARTNER1' },
      team: { id: 'T0EXAMPLE1' },
    })
  })
})
