import { App, LogLevel } from '@slack/bolt'
import { WebClient } from '@slack/web-api'
import { exampleChannels, exampleUserGroups, exampleUsers } from '#sandbox/slack/people.ts'
import { type PretendSlack, type SlackOptions, startSlack } from '#sandbox/slack/index.ts'

export const signingSecret = 'test-signing-secret'
export const botToken = 'xoxb-test-token'

/** A pretend Slack with the example shop's people. */
export function aSlack(options: Partial<SlackOptions> = {}): Promise<PretendSlack> {
  return startSlack({
    signingSecret,
    botToken,
    users: exampleUsers,
    userGroups: exampleUserGroups,
    channels: exampleChannels,
    ...options,
  })
}

export const clientOf = (slack: PretendSlack, token: string = botToken): WebClient =>
  new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 30_000,
  })

/** A real Bolt app in front of the pretend Slack, to see that the wire is Slack's. */
export async function aBoltApp(
  slack: PretendSlack,
  listen: (app: App) => void,
): Promise<{ readonly stop: () => Promise<void>; readonly client: WebClient }> {
  const app = new App({
    token: botToken,
    signingSecret,
    clientOptions: { slackApiUrl: slack.apiUrl },
    logLevel: LogLevel.ERROR,
    convoStore: false,
  })
  listen(app)
  const server = await app.start({ port: 0, host: '127.0.0.1' })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  slack.setAppUrl(`http://127.0.0.1:${address.port}`)
  return {
    client: app.client,
    stop: async () => {
      await app.stop()
    },
  }
}

export const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text },
})
export const button = (text: string, actionId: string) => ({
  type: 'button' as const,
  text: { type: 'plain_text' as const, text },
  action_id: actionId,
})
