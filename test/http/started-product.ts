import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '#sandbox/cluster/index.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import type { TestDatabase } from '../support/database.ts'

/** The program as people start it, as often as wanted, on one database, with a Slack and a cluster that this process plays. */
export async function aProduction(database: TestDatabase) {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-production-'))
  const cluster = await startCluster({ podStartMs: 20, podStopMs: 50 })
  cluster.createWithPast(deployment, [
    { image: 'shop/web:1.0', at: new Date(Date.now() - 20 * day) },
    { image: 'shop/web:1.1', at: new Date(Date.now() - 60_000) },
  ])
  await writeFile(join(folder, 'kubeconfig'), cluster.kubeconfig())
  await writeFile(join(folder, 'countermand.yaml'), configOf(join(folder, 'kubeconfig')))
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-served-00001' }
  const slack = await startSlack({
    ...secrets,
    users: people.map((name) => ({
      id: idOf(name),
      name,
      realName: name,
      email: `${name}@shop.example`,
    })),
    channels: [{ id: 'C0WEB', name: 'web', members: people.map(idOf) }],
    ackTimeoutMs: 10_000,
  })
  const key = randomBytes(32).toString('hex')
  let made = 0
  const children: ChildProcess[] = []

  /** Started, and not waited for. */
  const begin = async ({ databaseUrl = database.ownerUrl, nodeOptions = [] }: Way = {}) => {
    const [port, metricsPort] = await freePorts()
    const { PATH, TZ, HOME } = process.env
    made += 1
    const child = spawn(process.execPath, [...nodeOptions, 'src/main.ts'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...(PATH ? { PATH } : {}),
        ...(TZ ? { TZ } : {}),
        ...(HOME ? { HOME } : {}),
        COUNTERMAND_CONFIG: join(folder, 'countermand.yaml'),
        COUNTERMAND_DATA: join(folder, `data${made}`),
        COUNTERMAND_KEY: key,
        DATABASE_URL: databaseUrl,
        SLACK_BOT_TOKEN: secrets.botToken,
        SLACK_SIGNING_SECRET: secrets.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
      },
    })
    children.push(child)
    let words = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (words += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text))
    const exited = once(child, 'close')
    const url = `http://127.0.0.1:${port}`
    const asked = (path: string) => fetch(`${url}${path}`).catch(() => undefined)
    return {
      url,
      isAlive: async () => (await asked('/healthz'))?.status === 200,
      ready: () => asked('/readyz'),
      figures: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
      /** Its log, and whatever else it printed. */
      said: () => words,
      hasEnded: () => child.exitCode !== null || child.signalCode !== null,
      signal: (name: NodeJS.Signals) => child.kill(name),
      terminate: () => child.kill('SIGTERM'),
      /** Its exit code, or the signal that ended it. */
      exit: async (): Promise<unknown> => {
        const [code, signal] = await exited
        return signal ?? code
      },
    }
  }

  return {
    slack,
    onCall: slack.as(idOf('oncall')),
    signingSecret: secrets.signingSecret,
    begin,
    /** `databaseUrl`: another way to the same database. */
    async start(databaseUrl = database.ownerUrl) {
      const begun = await begin({ databaseUrl })
      for (let isUp = false; !isUp; isUp = (await begun.ready())?.status === 200) {
        if (begun.hasEnded()) throw new Error(`it ended: ${begun.said()}`)
        await sleep(50)
      }
      return begun
    },
    /** No pod of the version that is gone back to gets ready before `goesOn` is called, however busy the machine is. */
    waits() {
      cluster.behave('shop/web:1.0', { start: { kind: 'ready', afterMs: 600_000 } })
      return {
        goesOn: () => cluster.behave('shop/web:1.0', { start: { kind: 'ready', afterMs: 50 } }),
      }
    },
    async close() {
      for (const child of children) child.kill('SIGKILL')
      await slack.close()
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Way {
  readonly databaseUrl?: string
  readonly nodeOptions?: readonly string[]
}

const day = 24 * 60 * 60 * 1_000
const people = ['oncall', 'lead', 'manager', 'vp', 'ceo']
const idOf = (name: string): string => `U0${name.toUpperCase()}1`

/** Two that differ: each is held until both are known. */
async function freePorts(): Promise<readonly [number, number]> {
  const probes = [createServer(), createServer()] as const
  for (const probe of probes) await once(probe.listen(0, '127.0.0.1'), 'listening')
  const [one, other] = probes.map((probe) => (probe.address() as AddressInfo).port)
  for (const probe of probes) await once(probe.close(), 'close')
  if (one === undefined || other === undefined) throw new Error('there are no ports')
  return [one, other]
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'production' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'app', image: 'shop/web:0' }] },
    },
  },
}

const configOf = (kubeconfig: string): string => `
organisation: Served
timezone: UTC
slack: { incidentChannels: service }
roles:
  on-call-engineer: { members: [${idOf('oncall')}] }
  team-lead: { members: [${idOf('lead')}] }
  engineering-manager: { members: [${idOf('manager')}] }
  vp-engineering: { members: [${idOf('vp')}] }
  executives: { members: [${idOf('ceo')}] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)} }
services:
  web:
    owner: Team
    channel: "#web"
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: web } }]
`
