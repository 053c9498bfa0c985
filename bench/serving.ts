import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startCluster } from '#sandbox/cluster/index.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import { startOptions } from './harness/as-started.ts'
import type { BenchDatabase } from './harness/database.ts'
import { sender } from './harness/load.ts'

const product = fileURLToPath(new URL('../test/support/replica.ts', import.meta.url))
const bolt = fileURLToPath(new URL('./bare-bolt.ts', import.meta.url))
/** Enough that nobody asks more often than people do, and that no record grows longer than one does. */
const people = 400
const services = 40
/** The first of them hold the five roles. */
const deciders = 5

export type Serving = Awaited<ReturnType<typeof startServing>>

/** The product and a bare Bolt app, each in a process of its own, with forty proposals open and four hundred people who may not decide. */
export async function startServing({ owner, ownerUrl }: BenchDatabase) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-bench-'))
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-bench-000001' }
  const names = Array.from({ length: services }, (_, at) => `svc-${at}`)
  const everybody = Array.from({ length: people }, (_, at) => person(at))
  const slack = await startSlack({
    ...secrets,
    users: everybody,
    channels: names.map((name, at) => ({
      id: channelOf(at),
      name,
      // Whoever presses a button is where it is: elsewhere Slack would have the answer go two ways.
      members: everybody.map(({ id }) => id),
    })),
    ackTimeoutMs: 20_000,
  })
  const cluster = await startCluster({ podStartMs: 1 })
  for (const name of names)
    cluster.createWithPast(deployment(name), [
      { image: `shop/${name}:1.0`, at: new Date(Date.now() - 20 * day) },
      { image: `shop/${name}:1.1`, at: new Date(Date.now() - 60_000) },
    ])
  writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig(), { mode: 0o600 })
  writeFileSync(join(folder, 'countermand.yaml'), configOf(join(folder, 'kubeconfig'), names))
  const env = {
    ...process.env,
    COUNTERMAND_CONFIG: join(folder, 'countermand.yaml'),
    COUNTERMAND_DATA: join(folder, 'data'),
    COUNTERMAND_KEY: randomBytes(32).toString('hex'),
    DATABASE_URL: ownerUrl,
    SLACK_BOT_TOKEN: secrets.botToken,
    SLACK_SIGNING_SECRET: secrets.signingSecret,
    SLACK_API_URL: slack.apiUrl,
    PORT: '0',
    METRICS_PORT: '0',
  }
  const [ours, theirs] = await Promise.all([begin(product, env), begin(bolt, env)])
  const load = sender(secrets.signingSecret)
  let sent = 0

  return {
    slack,
    signingSecret: secrets.signingSecret,
    names,
    ours: ours.url,
    theirs: theirs.url,
    /** A request of its own by the next person; people take turns. */
    next(): { readonly at: number; readonly user: string; readonly trigger: string } {
      sent += 1
      return {
        at: sent,
        user: person(deciders + (sent % (people - deciders))).id,
        trigger: `${sent}.bench.${sent}`,
      }
    },
    post: load.post,
    setApp: (url: string) => slack.setAppUrl(url),
    askerOf,
    onlookerOf,
    channelOf,
    /** Resolves when everything that was taken in is answered, and Slack has the answers. */
    async idle(): Promise<void> {
      for (let isBusy = true; isBusy; await sleep(20)) {
        const { rows } = await owner.query<{ busy: boolean }>(
          `SELECT EXISTS (SELECT FROM inbox WHERE done_at IS NULL AND given_up IS NULL)
               OR EXISTS (SELECT FROM outbox WHERE state = 'waiting')
               OR EXISTS (SELECT FROM graphile_worker.jobs WHERE locked_at IS NOT NULL) AS busy`,
        )
        isBusy = rows[0]?.busy ?? false
      }
    },
    async close(): Promise<void> {
      load.close()
      await Promise.all([ours.end(), theirs.end()])
      await Promise.all([slack.close(), cluster.close()])
      rmSync(folder, { recursive: true })
    },
  }
}

const day = 24 * 60 * 60 * 1_000
const person = (at: number) => ({
  id: `U0BENCH${String(at).padStart(4, '0')}`,
  name: `person-${at}`,
  realName: `Person ${at}`,
  email: `person-${at}@shop.example`,
})
/** Others for each service: nobody may ask more than thirty times a minute. */
const askerOf = (at: number): string => person(deciders + at).id
const onlookerOf = (at: number): string => person(deciders + services + at).id
const channelOf = (at: number): string => `C0BENCH${String(at).padStart(4, '0')}`

async function begin(program: string, env: NodeJS.ProcessEnv) {
  const child: ChildProcess = fork(program, {
    execArgv: program === product ? [...startOptions] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  })
  const ended = once(child, 'exit')
  const [first] = await Promise.race([once(child, 'message'), ended])
  if (typeof first !== 'string') throw new Error(`${program} did not start`)
  return {
    url: first,
    async end(): Promise<void> {
      child.disconnect()
      await ended
    },
  }
}

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'production' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: `shop/${name}:0` }] },
    },
  },
})

const configOf = (kubeconfig: string, names: readonly string[]): string => `
organisation: Bench
timezone: UTC
slack: { incidentChannels: service }
roles:
  on-call-engineer: { members: [${person(0).id}] }
  team-lead: { members: [${person(1).id}] }
  engineering-manager: { members: [${person(2).id}] }
  vp-engineering: { members: [${person(3).id}] }
  executives: { members: [${person(4).id}] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)} }
services:
${names.map((name) => `  ${name}:\n    owner: Team\n    channel: "#${name}"\n    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: ${name} } }]`).join('\n')}
`
