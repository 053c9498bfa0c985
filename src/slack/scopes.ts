import type { WebClient } from '@slack/web-api'
import type { Finding } from '#ports/finding.ts'
import { refusalOf, whyOf } from './failure.ts'

/** What the app asks for at its installation; `manifest.yml` lists the same. */
export const botScopes: readonly string[] = [
  'bookmarks:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'pins:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
]

/** Whether the token works, and which scopes of the manifest it was not given. Never throws. */
export async function examineToken(client: WebClient): Promise<readonly Finding[]> {
  try {
    const { team, user, bot_id: bot, response_metadata: about } = await client.auth.test()
    if (bot === undefined)
      return [
        {
          result: 'wrong',
          text: 'the token is a person’s, not a bot’s',
          remedy: 'copy the Bot User OAuth Token (xoxb-…) from “OAuth & Permissions”',
        },
      ]
    return [
      { result: 'fine', text: `the token is ${user ?? 'the bot'}’s in ${team ?? 'its workspace'}` },
      ...scopeFindings(about?.scopes),
    ]
  } catch (error) {
    return [
      {
        result: 'wrong',
        text:
          refusalOf(error) === undefined
            ? `Slack does not answer: ${whyOf(error)}`
            : `Slack answers ${whyOf(error)} to the token`,
        remedy: 'check SLACK_BOT_TOKEN, and that this machine reaches slack.com',
      },
    ]
  }
}

function scopeFindings(granted: readonly string[] | undefined): readonly Finding[] {
  if (granted === undefined)
    return [{ result: 'note', text: 'Slack did not say which scopes the token has' }]
  const missing = botScopes.filter((scope) => !granted.includes(scope))
  const extra = granted.filter((scope) => !botScopes.includes(scope))
  return [
    missing.length === 0
      ? { result: 'fine', text: `it has all ${botScopes.length} scopes of manifest.yml` }
      : {
          result: 'wrong',
          text: `it lacks the ${missing.length === 1 ? 'scope' : 'scopes'} ${missing.join(', ')}`,
          remedy: 'put manifest.yml into the app’s “App Manifest” and install the app again',
        },
    ...(extra.length > 0
      ? [
          {
            result: 'note',
            text: `it has more than is ever used: ${extra.join(', ')}`,
            remedy: 'take them out of the app and install it again',
          } as const,
        ]
      : []),
  ]
}
