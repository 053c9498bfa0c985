import { App, type Receiver } from '@slack/bolt'
import type { Identity } from './admission/identity.ts'
import { clientOptions, slackLogger } from './client.ts'
import type { Edge } from './edge.ts'
import { listen } from './listeners.ts'

/** Bolt, which turns payloads into calls of our listeners. It is never asked who we are at Slack: it is told (`auth.test` would gate every request). */
export function createApp(edge: Edge, { botId, botUserId }: Identity): App {
  const app = new App({
    token: edge.slack.botToken,
    botId,
    botUserId,
    receiver: quietReceiver,
    convoStore: false,
    clientOptions: clientOptions(edge.slack, edge.log),
    logger: slackLogger(edge.log),
  })
  app.error(async (error) => {
    throw 'original' in error && error.original instanceof Error ? error.original : error
  })
  listen(app, edge)
  return app
}

/** Nothing comes in here: deliveries come from the inbox, see `deliver.ts`. */
const quietReceiver: Receiver = {
  init: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
}
