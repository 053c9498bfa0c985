import { stringify } from 'yaml'
import { type Config, loadConfig } from '#config.ts'

export const aSlackEnvironment = {
  SLACK_BOT_TOKEN: 'xoxb-1234567890-abcdef',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
}

/** The smallest file that is sound, with `changes` on top of it. */
export const aFile = (changes: Readonly<Record<string, unknown>> = {}): string =>
  stringify({
    organisation: 'Example Shop',
    timezone: 'Europe/Berlin',
    roles: someRoles,
    clusters: { prod: { context: 'prod-eu' } },
    services: { checkout: aService() },
    ...changes,
  })

export const someRoles = {
  'on-call-engineer': { slackUserGroup: 'checkout-oncall' },
  'team-lead': { members: ['U0LEAD1'] },
  'engineering-manager': { members: ['U0MGR01'] },
  'vp-engineering': { members: ['U0VP001'] },
  executives: { members: ['U0CEO01'] },
}

export const aService = (changes: Readonly<Record<string, unknown>> = {}) => ({
  owner: 'Payments',
  targets: [{ kubernetes: { cluster: 'prod', namespace: 'production', deployment: 'checkout' } }],
  ...changes,
})

export function configOf(
  variables: Readonly<Record<string, string>>,
  text: string = aFile(),
): Config {
  const loaded = loadConfig(variables, { file: { name: 'x.yaml', text } })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.config
}

export function problemsOf(
  text: string,
  variables: Readonly<Record<string, string>> = {},
): readonly string[] {
  const loaded = loadConfig(variables, { file: { name: 'x.yaml', text } })
  return loaded.ok ? [] : loaded.problems
}
