import { resolve } from 'node:path'
import { type ConfigFileContent, readConfigFile } from '#config/file.ts'
import { keyProblems, type MetricKeys } from '#config/metrics.ts'
import { namedSecrets } from '#config/named-secrets.ts'
import { type PagerKeys, pagerKeyProblems } from '#config/pagers.ts'
import {
  databaseOf,
  migratedUrlProblems,
  type MigratedUrls,
  migratedUrlsOf,
  passwordsIn,
} from '#config/database-url.ts'
import { flagTokenProblems, type FlagTokens } from '#config/flags.ts'
import { Environment, type Variables } from '#config/environment.ts'
import type { PretendClouds } from '#config/pretend-clouds.ts'
import { pretendSlack, type SlackAccess, slackAccess, slackVariables } from '#config/slack.ts'
import {
  flaggerSecretProblems,
  type FlaggerSecrets,
  flaggerSecretsOf,
  testSecretProblems,
  testSecretsOf,
  type WebhookSecrets,
  webhookSecretsOf,
} from '#config/webhook-secrets.ts'
import { parseKey } from './keys.ts'

/** What the environment says; the file says the rest. */
export interface Told {
  /** `sandbox`: no Slack variable is set outside production; the credentials are made up and known to the pretend Slack only. */
  readonly mode: 'slack' | 'sandbox'
  readonly production: boolean
  readonly slack: SlackAccess
  /** For each source of webhooks, the present secret first, then the one before while it is being changed. */
  readonly webhookSecrets: WebhookSecrets
  /** The same for Flagger of each cluster. */
  readonly flaggerSecrets: FlaggerSecrets
  /** The same for tests that report. */
  readonly testSecrets: readonly string[]
  readonly metricKeys: MetricKeys
  readonly pagerKeys: PagerKeys
  readonly flagTokens: FlagTokens
  /** Of databases whose schemas are rolled back. */
  readonly migratedUrls: MigratedUrls
  /** What libraries of clouds and databases find in the environment by themselves. */
  readonly libraries: readonly string[]
  readonly database: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'embedded' }
  /** Where the embedded database, and the key of machines without one, are kept. */
  readonly dataDir: string
  readonly port: number
  readonly metricsPort: number
  /** `undefined` outside production only: `keptKey(dataDir)` then makes and keeps one. */
  readonly key: Uint8Array | undefined
}

export interface Config extends ConfigFileContent, PretendClouds, Omit<Told, 'slack'> {
  readonly slack: ConfigFileContent['slack'] & Told['slack']
  /** What is started instead of Docker's own command: only a pretend world says so. */
  readonly dockerProgram?: readonly [string, ...string[]]
  /** The same of nginx's. */
  readonly nginxProgram?: readonly [string, ...string[]]
}

export interface LoadOptions {
  /** Used when `COUNTERMAND_CONFIG` names no file. */
  readonly file?: { readonly name: string; readonly text: string }
  /** The same, but only where the sandbox opens: a real bot never starts with pretend services. */
  readonly sandboxFile?: { readonly name: string; readonly text: string }
}

export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false
      readonly problems: readonly string[]
      /** As far as it was understood, for whoever looks for further faults. */
      readonly told: Told
      readonly content: ConfigFileContent | undefined
    }

/** Everything the program is told from outside, checked; or every problem with it, in sentences. Throws nothing, writes nothing. */
export function loadConfig(variables: Variables, options: LoadOptions = {}): Loaded {
  const environment = new Environment(variables)
  const told = toldBy(environment)
  const sandbox = told.mode === 'sandbox'
  const given = options.file ?? (sandbox ? options.sandboxFile : undefined)
  const file = readConfigFile(environment.text('COUNTERMAND_CONFIG'), given, sandbox)
  const { content } = file
  const missing = content
    ? [
        ...keyProblems(content.metrics, told.metricKeys),
        ...pagerKeyProblems(content.pagers, told.pagerKeys),
        ...flagTokenProblems(content.flags, told.flagTokens),
        ...flaggerSecretProblems([...content.clusters.keys()], told.flaggerSecrets),
        ...migratedUrlProblems(content.catalogue, told.migratedUrls, told.database),
        ...testSecretProblems(content.catalogue, told.testSecrets),
      ]
    : []
  const problems = [...environment.problems, ...missing, ...file.problems]
  if (problems.length > 0 || !content) return { ok: false, problems, told, content }
  return { ok: true, config: { ...content, ...told, slack: { ...content.slack, ...told.slack } } }
}

function toldBy(environment: Environment): Told {
  const production = isProduction(environment)
  const sandbox = isSandbox(environment)
  const told: Told = {
    mode: sandbox ? 'sandbox' : 'slack',
    production,
    slack: sandbox ? pretendSlack() : slackAccess(environment, production),
    webhookSecrets: webhookSecretsOf(environment),
    flaggerSecrets: flaggerSecretsOf(environment),
    testSecrets: testSecretsOf(environment),
    metricKeys: metricKeysOf(environment),
    pagerKeys: namedSecrets(environment, 'PAGER_*_KEY', 'key of a pager'),
    flagTokens: namedSecrets(environment, 'FLAGS_*_TOKEN', 'token'),
    migratedUrls: migratedUrlsOf(environment),
    libraries: secretsOfLibraries.flatMap((name) => environment.text(name) ?? []),
    database: databaseOf(environment, production),
    dataDir: resolve(environment.text('COUNTERMAND_DATA') ?? '.countermand'),
    port: environment.port('PORT', 3000),
    metricsPort: environment.port('METRICS_PORT', 9090),
    key: keyOf(environment, production),
  }
  if (told.port === told.metricsPort && told.port !== 0)
    environment.problems.push('PORT and METRICS_PORT must differ.')
  return told
}

const isProduction = (environment: Environment): boolean =>
  environment.text('NODE_ENV') === 'production'
const isSandbox = (environment: Environment): boolean =>
  !isProduction(environment) && !slackVariables.some((name) => environment.has(name))

/** Whether it is the sandbox that these variables ask for. */
export const opensSandbox = (variables: Variables): boolean => isSandbox(new Environment(variables))

/** The exact values that must never be written down. */
export const secretsOf = ({
  slack,
  webhookSecrets,
  flaggerSecrets,
  testSecrets,
  metricKeys: { datadog, newRelic },
  pagerKeys,
  flagTokens,
  migratedUrls,
  libraries,
  database,
  key,
}: Pick<
  Told,
  | 'slack'
  | 'webhookSecrets'
  | 'flaggerSecrets'
  | 'testSecrets'
  | 'metricKeys'
  | 'pagerKeys'
  | 'flagTokens'
  | 'migratedUrls'
  | 'libraries'
  | 'database'
  | 'key'
>): readonly string[] => [
  slack.botToken,
  ...slack.signingSecrets,
  ...(slack.appToken === undefined ? [] : [slack.appToken]),
  ...Object.values(webhookSecrets).flat(),
  ...[...flaggerSecrets.values()].flat(),
  ...testSecrets,
  ...(datadog ? [datadog.api, datadog.app] : []),
  ...(newRelic === undefined ? [] : [newRelic]),
  ...pagerKeys.values(),
  ...flagTokens.values(),
  ...[...migratedUrls.values()].flatMap(passwordsIn),
  ...libraries,
  ...(database.kind === 'url' ? passwordsIn(database.url) : []),
  ...(key ? spellings(Buffer.from(key)) : []),
]

/** By name: a pattern would take ordinary words for secrets, and hide them everywhere. */
const secretsOfLibraries = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'PGPASSWORD',
] as const

/** Whoever only measures needs nothing else of the environment. */
export const metricKeysIn = (variables: Variables): MetricKeys =>
  metricKeysOf(new Environment(variables))

/** The same for whoever reads no file, such as the terminal. */
export const secretsIn = (variables: Variables): readonly string[] =>
  secretsOf(toldBy(new Environment(variables)))

const spellings = (key: Buffer): readonly string[] => [
  key.toString('hex'),
  key.toString('hex').toUpperCase(),
  key.toString('base64'),
  key.toString('base64url'),
]

function metricKeysOf(environment: Environment): MetricKeys {
  const [api, app] = [environment.secret('DATADOG_API_KEY'), environment.secret('DATADOG_APP_KEY')]
  const newRelic = environment.secret('NEW_RELIC_USER_KEY')
  return {
    ...(api === undefined || app === undefined ? {} : { datadog: { api, app } }),
    ...(newRelic === undefined ? {} : { newRelic }),
  }
}

function keyOf(environment: Environment, production: boolean): Uint8Array | undefined {
  const text = environment.secret('COUNTERMAND_KEY')
  if (text === undefined) {
    if (production && !environment.has('COUNTERMAND_KEY'))
      environment.problems.push(
        'COUNTERMAND_KEY is missing: make one with “openssl rand -hex 32” and keep it safe; the timeline cannot be verified without it.',
      )
    return undefined
  }
  const key = parseKey(text)
  if (!key)
    environment.problems.push(
      'COUNTERMAND_KEY must be at least 32 random bytes as hex or base64: make one with “openssl rand -hex 32”.',
    )
  return key
}
