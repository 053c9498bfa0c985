import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { startMetrics } from '#sandbox/metrics/index.ts'
import { type PretendSlack, startSlack } from '#sandbox/slack/index.ts'
import type { UserSeed } from '#sandbox/slack/model.ts'
import type { AlertSource } from '#domain/alerts/alert.ts'
import { loadConfig } from '../../src/config.ts'
import type { Log } from '#ports/log.ts'
import { wire } from '../../src/wire.ts'
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts'
import { webhookVariables } from '../webhooks/senders.ts'

export const neighbours = ['PostgreSQL', 'Slack', 'Kubernetes', 'Prometheus'] as const
export type Neighbour = (typeof neighbours)[number]

export interface Shop {
  readonly slack: PretendSlack
  readonly cluster: Cluster
  readonly proxies: Readonly<Record<Neighbour, FaultProxy>>
  /** Warnings and errors of the product, oldest first. */
  readonly logged: readonly string[]
  readonly key: Uint8Array
  readonly signingSecret: string
  /** Where the product takes Slack's requests. */
  readonly url: string
  close(): Promise<void>
}

/** They take turns: nobody may ask for more than so much within a minute. */
export const onCall: readonly UserSeed[] = Array.from({ length: 4 }, (_, at) => ({
  id: `U0ONCALL${at}`,
  name: `on-call-${at}`,
  realName: `On Call ${at}`,
  email: `on-call-${at}@shop.example`,
}))

/** Somebody who may decide nothing. */
export const outsider: UserSeed = { id: 'U0OUTSIDE1', name: 'outsider', realName: 'Out Sider' }
const people = [...onCall, outsider]

interface ShopOptions {
  /** What the product connects to, through a proxy. */
  readonly databaseUrl: string
  /** Names of services with a bad version out since a minute. */
  readonly services: readonly string[]
  readonly podStartMs?: number
  readonly actAs?: 'countermand_runtime'
  /** In a process of its own, as in production, that Node is started with these; the database's owner is needed then. */
  readonly apart?: readonly string[]
  /** Nothing stands between the product and its database. */
  readonly straight?: boolean
  /** Where alerts may come from. */
  readonly webhooks?: readonly AlertSource[]
  /** How long Slack waits for an acknowledgement, where its own 3 s are not the point. */
  readonly ackTimeoutMs?: number
}

/** The whole product in this process, with a proxy between it and everything else; time is real. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const { databaseUrl, services, podStartMs = 500, webhooks = [] } = options
  const folder = await mkdtemp(join(tmpdir(), 'countermand-chaos-'))
  const cluster = await startCluster({ podStartMs, podStopMs: 5, behaviours })
  for (const service of services) {
    cluster.createWithPast(deployment(service), versions(service))
    cluster.create(entrance(service))
  }
  const metrics = await startMetrics({ cluster })
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-chaos-000001' }
  const slack = await startSlack({
    ...secrets,
    users: people,
    ...(options.ackTimeoutMs === undefined ? {} : { ackTimeoutMs: options.ackTimeoutMs }),
    channels: services.map((name) => ({
      id: channelId(name),
      name,
      members: people.map(({ id }) => id),
    })),
  })
  const proxies = {
    PostgreSQL: await faultProxy(databaseUrl),
    Slack: await faultProxy(slack.apiUrl),
    Kubernetes: await faultProxy(cluster.url),
    Prometheus: await faultProxy(metrics.url),
  }
  slack.setReachedAt(`http://127.0.0.1:${proxies.Slack.port}`)
  const kubeconfig = join(folder, 'kubeconfig')
  await writeFile(
    kubeconfig,
    cluster.kubeconfig().replace(cluster.url, proxies.Kubernetes.through(cluster.url)),
  )
  const yaml = configOf(kubeconfig, proxies.Prometheus.through(metrics.url), services)
  const configPath = join(folder, 'countermand.yaml')
  const rules = 'webhooks: { rules: [{ serviceFrom: service }] }\n'
  await writeFile(configPath, webhooks.length > 0 ? `${yaml}\n${rules}` : yaml)
  const logged: string[] = []
  const key = randomBytes(32)
  const given = {
    ...secrets,
    configPath,
    folder,
    key,
    slackUrl: proxies.Slack.through(slack.apiUrl),
    databaseUrl: options.straight ? databaseUrl : proxies.PostgreSQL.through(databaseUrl),
    webhooks,
  }
  const app = await (options.apart
    ? startApart(given, options.apart)
    : startHere(given, logged, options.actAs))
  slack.setAppUrl(app.url)
  return {
    slack,
    cluster,
    proxies,
    logged,
    signingSecret: secrets.signingSecret,
    key,
    url: app.url,
    async close() {
      for (const proxy of Object.values(proxies)) proxy.set({ kind: 'none' })
      await app.stop()
      await slack.close()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await Promise.all([metrics.close(), cluster.close()])
      await rm(folder, { recursive: true })
    },
  }
}

interface Given {
  readonly signingSecret: string
  readonly botToken: string
  readonly configPath: string
  readonly folder: string
  readonly key: Uint8Array
  readonly slackUrl: string
  readonly databaseUrl: string
  readonly webhooks: readonly AlertSource[]
}

const variablesOf = ({ signingSecret, botToken, configPath, folder, webhooks }: Given) => ({
  ...webhookVariables(webhooks),
  PORT: '0',
  METRICS_PORT: '0',
  COUNTERMAND_CONFIG: configPath,
  COUNTERMAND_DATA: folder,
  SLACK_BOT_TOKEN: botToken,
  SLACK_SIGNING_SECRET: signingSecret,
})

async function startHere(given: Given, logged: string[], actAs: ShopOptions['actAs']) {
  const loaded = loadConfig(variablesOf(given))
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  const { config } = loaded
  return wire(
    { ...config, slack: { ...config.slack, apiUrl: given.slackUrl } },
    {
      log: notes(logged),
      databaseUrl: given.databaseUrl,
      key: given.key,
      ...(actAs ? { actAs } : {}),
    },
  )
}

async function startApart(given: Given, options: readonly string[]) {
  const program = fileURLToPath(new URL('../support/replica.ts', import.meta.url))
  const child = fork(program, {
    execArgv: [...options],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      ...variablesOf(given),
      COUNTERMAND_KEY: Buffer.from(given.key).toString('hex'),
      DATABASE_URL: given.databaseUrl,
      SLACK_API_URL: given.slackUrl,
    },
  })
  const ended = once(child, 'exit')
  const [url] = await Promise.race([once(child, 'message'), ended])
  if (typeof url !== 'string') throw new Error('the product did not start')
  const stop = async () => {
    child.disconnect()
    await ended
  }
  return { url, stop }
}

export const channelId = (service: string): string =>
  `C0${service.toUpperCase().replaceAll('-', '0')}`

const Noted = z.object({
  error: z.instanceof(Error).transform(String).optional().catch(undefined),
  why: z.string().optional(),
  said: z.json().transform(String).optional().catch(undefined),
})

function notes(into: string[]): Log {
  const note = (fields: object, message: string) => {
    const { error, why, said } = Noted.parse(fields)
    const more = [error, why, said].filter((one) => one !== undefined)
    into.push(`${new Date().toISOString().slice(14, 23)} ${message} ${more.join(' ')}`.trimEnd())
  }
  return { info: () => undefined, warn: note, error: note }
}

/** The newer version fails for one user in sixteen. */
const behaviours = (image: string) => ({
  start: { kind: 'ready' } as const,
  traffic: image.endsWith(':1.1')
    ? { errorRate: 0.062, p95Seconds: 0.64 }
    : { errorRate: 0.001, p95Seconds: 0.18 },
})

const versions = (service: string) =>
  [
    { image: `shop/${service}:1.0`, at: new Date(Date.now() - 20 * day) },
    { image: `shop/${service}:1.1`, at: new Date(Date.now() - 60_000) },
  ] as const
const day = 24 * 60 * 60 * 1_000

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'production', labels: { app: name } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    // One pod after the other: long enough for something to happen meanwhile.
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: `shop/${name}:0` }] },
    },
  },
})

/** Whose requests are measured. */
const entrance = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'production' },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
})

const configOf = (kubeconfig: string, prometheus: string, services: readonly string[]): string => `
organisation: Chaos
timezone: UTC
slack: { incidentChannels: service }
policy: { verifyWindowSeconds: 5, verifyEverySeconds: 1 }
roles:
  on-call-engineer: { members: [${onCall.map(({ id }) => id).join(', ')}] }
  team-lead: { members: [U0LEAD001] }
  engineering-manager: { members: [U0MGR0001] }
  vp-engineering: { members: [U0VP00001] }
  executives: { members: [U0CEO0001] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)} }
metrics:
  prometheus: { url: ${JSON.stringify(prometheus)} }
services:
${services
  .map(
    (name) => `  ${name}:
    owner: Team
    channel: "#${name}"
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: ${name} } }]
    signals:
      errorRate:  { query: 'avg_over_time(service:error_rate{service="${name}"}[$window])' }
      p95:        { query: 'avg_over_time(service:p95_seconds{service="${name}"}[$window])' }
      throughput: { query: 'avg_over_time(service:requests_per_second{service="${name}"}[$window])' }`,
  )
  .join('\n')}
`
