import type { AddressInfo } from 'node:net'
import { App } from '@slack/bolt'

// The least that answers Slack: what the product is measured against.
const app = new App({
  token: process.env['SLACK_BOT_TOKEN'] ?? '',
  signingSecret: process.env['SLACK_SIGNING_SECRET'] ?? '',
  clientOptions: { slackApiUrl: process.env['SLACK_API_URL'] ?? '' },
})
app.command('/rollback', async ({ ack }) => ack())
app.action(/./, async ({ ack }) => ack())
const server = await app.start(Number(process.env['PORT']))
process.on('disconnect', () => void app.stop())
const { port } = server.address() as AddressInfo
process.send?.(`http://127.0.0.1:${port}`)
