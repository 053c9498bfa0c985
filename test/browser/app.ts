import type { App } from '@slack/bolt'

const words = (text: string) => ({ type: 'plain_text' as const, text })
const say = (text: string) => ({ type: 'mrkdwn' as const, text })

/** The card of `spec/cards.md` with its longest parts, as a message of a scripted app. */
export const card = (status: string) => [
  { type: 'header' as const, text: words(':rotating_light: Roll back checkout: v2.3.0 → v2.2.1') },
  {
    type: 'context' as const,
    elements: [say('*CRITICAL* · started <!date^1795271000^{time}|14:23 UTC> · plan `3f9a·c2`')],
  },
  {
    type: 'section' as const,
    text: say(
      '5xx *6.2 %* (normal 0.1 %) since v2.3.0 went out at 14:21 · asked for by <@U0ONCALL01>: “errors after deploy”',
    ),
  },
  {
    type: 'section' as const,
    fields: [
      say(
        '*What changes*\nimage `checkout:2.3.0@sha256:9f1c…` → `2.2.1@sha256:77ab…`\nenv −PAYMENT_V2',
      ),
      say('*Also undoes*\n2 versions between (2.2.2, 2.2.3) · no migrations'),
      say('*How*\nundo to revision 41 · 12 pods, 25 % at a time · about 40 s (budget 3 min)'),
      say(`*Who decides*\n${status}`),
    ],
    accessory: { type: 'button' as const, text: words('Show diff'), action_id: 'diff' },
  },
  {
    type: 'context' as const,
    elements: [
      say(':warning: an autoscaler owns the replica count · image 2.2.1 checked: present'),
    ],
  },
  {
    type: 'actions' as const,
    block_id: 'decide',
    elements: [
      {
        type: 'button' as const,
        text: words('Approve'),
        action_id: 'approve',
        style: 'primary' as const,
        value: 'rb_1',
        confirm: {
          title: words('Roll back checkout?'),
          text: say('Roll back *checkout* in *prod/production* from *v2.3.0* to *v2.2.1* now?'),
          confirm: words('Roll back'),
          deny: words('Not yet'),
        },
      },
      { type: 'button' as const, text: words('Reject'), action_id: 'reject' },
      {
        type: 'button' as const,
        text: words('Break-glass…'),
        action_id: 'glass',
        style: 'danger' as const,
      },
    ],
  },
]

/** A scripted app: it posts the card, refuses everybody but the on-call engineer, and asks for a reason in a modal. */
export function scripted(app: App): void {
  app.command('/rollback', async ({ ack, client, command }) => {
    await ack({ text: 'Asked. The *on-call engineer* decides until 14:38.' })
    const channel = command.channel_id
    const { ts = '' } = await client.chat.postMessage({
      channel,
      text: 'Roll back checkout',
      blocks: card('*on-call engineer* until 14:38 → then team lead → 14:53 engineering manager'),
    })
    await client.pins.add({ channel, timestamp: ts })
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      text: `14:30:02 asked for by <@${command.user_id}>`,
    })
  })
  app.action('pick', ({ ack }) => ack())
  app.action('look', ({ ack }) => ack())
  app.action('approve', async ({ ack, body, respond, client }) => {
    await ack()
    if (body.user.id !== 'U0ONCALL01') {
      await respond({
        text: 'Not you, not now: this needs the *on-call engineer* (<@U0ONCALL01>).',
        response_type: 'ephemeral',
      })
      return
    }
    if (body.type !== 'block_actions' || !body.message || !body.channel) return
    const channel = body.channel.id
    const { ts } = body.message
    await client.chat.update({
      channel,
      ts,
      text: 'Rolling back',
      blocks: [
        {
          type: 'header',
          text: words(':arrows_counterclockwise: Rolling back checkout to v2.2.1'),
        },
        {
          type: 'section',
          text: say(
            '`█████████████░░░░░░` 8 / 12 pods on v2.2.1 · 22 s of 180 s at 14:31:28 · budget until 14:34:06 UTC',
          ),
        },
      ],
    })
    await client.chat.postMessage({
      channel,
      thread_ts: ts,
      text: '14:31:05 approved by <@U0ONCALL01> as on-call engineer',
    })
    await client.filesUploadV2({
      channel_id: channel,
      thread_ts: ts,
      filename: 'checkout-7f.log',
      title: 'Logs of checkout-7f (previous container)',
      content: Array.from(
        { length: 12 },
        (_, index) => `14:2${index % 10} ERROR payment refused #${index}`,
      ).join('\n'),
    })
  })
  app.action('reject', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions') return
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'reason',
        title: words('Reject the rollback'),
        submit: words('Reject'),
        close: words('Keep it'),
        blocks: [
          {
            type: 'section',
            text: say('*checkout* stays on *v2.3.0*. Everybody in the channel sees why.'),
          },
          {
            type: 'input',
            block_id: 'service',
            label: words('Service'),
            element: {
              type: 'external_select',
              action_id: 'service',
              min_query_length: 0,
              placeholder: words('Search services'),
            },
          },
          {
            type: 'input',
            block_id: 'target',
            label: words('Go back to'),
            element: {
              type: 'static_select',
              action_id: 'target',
              options: [
                { text: words('v2.2.1 · verified good 6 days ago'), value: 'v2.2.1' },
                { text: words('v2.1.9 · verified good 20 days ago'), value: 'v2.1.9' },
              ],
            },
          },
          {
            type: 'input',
            block_id: 'why',
            label: words('Why'),
            element: {
              type: 'radio_buttons',
              action_id: 'why',
              options: [
                { text: words('A fix is on its way'), value: 'fix' },
                {
                  text: words('Not caused by the deploy'),
                  value: 'other',
                  description: words('the cause lies outside'),
                },
              ],
            },
          },
          {
            type: 'input',
            block_id: 'told',
            optional: true,
            label: words('Tell'),
            element: {
              type: 'checkboxes',
              action_id: 'told',
              options: [
                { text: words('Support'), value: 'support' },
                { text: words('Status page'), value: 'status' },
              ],
            },
          },
          {
            type: 'input',
            block_id: 'words',
            label: words('In your own words'),
            hint: words('At least ten characters.'),
            element: {
              type: 'plain_text_input',
              action_id: 'words',
              multiline: true,
              min_length: 3,
              max_length: 300,
            },
          },
          {
            type: 'input',
            block_id: 'again',
            optional: true,
            label: words('Look again at'),
            element: {
              type: 'datetimepicker',
              action_id: 'again',
              initial_date_time: 1_795_273_800,
            },
          },
        ],
      },
    })
  })
  app.options('service', async ({ ack, payload }) => {
    const known = ['checkout', 'payments', 'search']
    await ack({
      options: known
        .filter((name) => name.includes(payload.value))
        .map((name) => ({ text: words(name), value: name })),
    })
  })
  app.view('reason', async ({ ack, view, client, body }) => {
    const { values } = view.state
    const reason = values['words']?.['words']?.value ?? ''
    if (reason.length < 10) {
      await ack({ response_action: 'errors', errors: { words: 'Please say a little more.' } })
      return
    }
    await ack()
    const service = values['service']?.['service']?.selected_option?.value
    const target = values['target']?.['target']?.selected_option?.value
    const told = values['told']?.['told']?.selected_options?.map(({ value }) => value).join('+')
    await client.chat.postMessage({
      channel: 'C0CHECKOUT',
      text: `rejected by <@${body.user.id}>: ${service} ${target} ${values['why']?.['why']?.selected_option?.value} ${told} ${reason}`,
    })
  })
}
