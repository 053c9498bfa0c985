import { randomBytes } from 'node:crypto'
import type { Environment } from './environment.ts'

/** How the program speaks with Slack. */
export interface SlackAccess {
  readonly botToken: string
  /** The current one first, then the previous one while it is being changed. Empty only with Socket Mode. */
  readonly signingSecrets: readonly string[]
  /** Present: Socket Mode. */
  readonly appToken: string | undefined
  /** `undefined` is Slack's own. */
  readonly apiUrl: string | undefined
}

export const slackVariables = [
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_SIGNING_SECRET_PREVIOUS',
  'SLACK_APP_TOKEN',
]

/** What is missing or malformed is said among the environment's problems. */
export function slackAccess(environment: Environment, production: boolean): SlackAccess {
  const { problems } = environment
  const botToken = environment.secret('SLACK_BOT_TOKEN')
  const appToken = environment.secret('SLACK_APP_TOKEN')
  const current = environment.secret('SLACK_SIGNING_SECRET')
  const previous = environment.secret('SLACK_SIGNING_SECRET_PREVIOUS')
  const apiUrl = environment.text('SLACK_API_URL')

  if (botToken === undefined)
    problems.push(
      'SLACK_BOT_TOKEN is missing: copy the Bot User OAuth Token (xoxb-…) from “OAuth & Permissions” of your Slack app.',
    )
  else if (!/^xox[be]-[\w.-]{8,}$/.test(botToken) || (production && botToken.includes('sandbox')))
    problems.push('SLACK_BOT_TOKEN is no bot token: those begin with xoxb-.')
  if (current === undefined && appToken === undefined)
    problems.push(
      'SLACK_SIGNING_SECRET is missing: copy the Signing Secret from “Basic Information” of your Slack app, or set SLACK_APP_TOKEN for Socket Mode.',
    )
  if (current === undefined && previous !== undefined)
    problems.push('SLACK_SIGNING_SECRET_PREVIOUS is set without SLACK_SIGNING_SECRET.')
  for (const [name, secret] of Object.entries({
    SLACK_SIGNING_SECRET: current,
    SLACK_SIGNING_SECRET_PREVIOUS: previous,
  }))
    if (secret !== undefined && !/^[\w-]{16,128}$/.test(secret))
      problems.push(`${name} is no signing secret: those are 32 letters and digits.`)
  if (appToken !== undefined && !/^xapp-[\w.-]{8,}$/.test(appToken))
    problems.push('SLACK_APP_TOKEN is no app-level token: those begin with xapp-.')
  if (apiUrl !== undefined && !isApiUrl(apiUrl, production))
    problems.push(
      'SLACK_API_URL must be a full https:// address; http:// is for tests outside production.',
    )
  return {
    botToken: botToken ?? '',
    signingSecrets: [current, previous].filter((secret) => secret !== undefined),
    appToken,
    apiUrl,
  }
}

const isApiUrl = (url: string, production: boolean) =>
  URL.canParse(url) &&
  (production ? ['https:'] : ['https:', 'http:']).includes(new URL(url).protocol)

/** Fresh at every start; whoever plays Slack reads them from the configuration. */
export const pretendSlack = (): SlackAccess => ({
  botToken: `xoxb-sandbox-${randomBytes(12).toString('hex')}`,
  signingSecrets: [randomBytes(16).toString('hex')],
  appToken: undefined,
  apiUrl: undefined,
})
