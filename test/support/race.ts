import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deriveKey } from '../../src/keys.ts'
import { chainKey } from '#postgres/chain.ts'
import { type Cluster, startCluster } from '#sandbox/cluster/index.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import type { UserSeed } from '#sandbox/slack/model.ts'
import type { TestDatabase } from './database.ts'

/** A service with a bad version out, a channel, and people of its own: nobody clicks more than Slack's users could. */
export interface Contest {
  readonly service: string
  readonly cluster: Cluster
  readonly team: Team
}
type Team = ReturnType<typeof aTeam>

/** So few services in each that a controller's look at all of them costs nothing. */
const servicesPerCluster = 5
const roundsPerTeam = 5

/** Two processes of the product behind one Slack, on one database, with a platform of many small services. */
export async function startRace(database: TestDatabase, rounds: number) {
  const folder = await mkdtemp(join(tmpdir(), 'countermand-race-'))
  const clusters = await Promise.all(
    Array.from({ length: Math.ceil(rounds / servicesPerCluster) }, () =>
      startCluster({ podStartMs: 1, podStopMs: 1 }),
    ),
  )
  const teams = Array.from({ length: Math.ceil(rounds / roundsPerTeam) }, (_, at) => aTeam(at))
  const contests = Array.from({ length: rounds }, (_, at) => contest(at, clusters, teams))
  await Promise.all(
    clusters.map((cluster, at) => writeFile(join(folder, `c${at}`), cluster.kubeconfig())),
  )
  const config = join(folder, 'countermand.yaml')
  await writeFile(config, configOf(folder, clusters.length, contests))

  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-race-0000001' }
  const slack = await startSlack({
    ...secrets,
    // Slack gives up after 3 s; how fast a busy machine answers is shown elsewhere.
    ackTimeoutMs: 20_000,
    users: [...Object.values(board), ...teams.flatMap(({ people }) => people)],
    channels: contests.map(({ service, team }) => ({
      id: channelId(service),
      name: service,
      members: team.people.map(({ id }) => id),
    })),
  })
  const key = randomBytes(32).toString('hex')
  const replicas = await Promise.all(
    [0, 1].map((at) =>
      replica({
        COUNTERMAND_CONFIG: config,
        COUNTERMAND_DATA: join(folder, `data${at}`),
        COUNTERMAND_KEY: key,
        DATABASE_URL: database.ownerUrl,
        SLACK_BOT_TOKEN: secrets.botToken,
        SLACK_SIGNING_SECRET: secrets.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        PORT: '0',
        METRICS_PORT: '0',
      }),
    ),
  )

  return {
    slack,
    contests,
    clusters,
    /** Of its timelines. */
    keys: [chainKey(deriveKey(Buffer.from(key, 'hex'), 'timeline').toString('hex'))] as const,
    /** Slack's load balancer: what is sent during `act`, before it first waits, goes to this process. */
    through: <Result>(at: number, act: () => Result): Result => {
      slack.setAppUrl(replicas[at % replicas.length]?.url ?? '')
      return act()
    },
    async close() {
      await Promise.all(replicas.map(({ end }) => end()))
      await slack.close()
      await Promise.all(clusters.map((cluster) => cluster.close()))
      await rm(folder, { recursive: true })
    },
  }
}

const person = (role: string, at: number, more: Partial<UserSeed> = {}): UserSeed => ({
  id: `U0${role.toUpperCase()}0${at}`,
  name: `${role}-${at}`,
  realName: `${role} ${at}`,
  email: `${role}-${at}@shop.example`,
  ...more,
})

/** Hold the roles where a service names nobody of its own. */
const board = {
  'on-call-engineer': person('everybody', 0),
  'team-lead': person('everybody', 1),
  'engineering-manager': person('everybody', 2),
  'vp-engineering': person('everybody', 3),
  executives: person('everybody', 4),
}

export const channelId = (service: string): string => `C0${service.toUpperCase().replace('-', '0')}`

function aTeam(at: number) {
  const onCall = person('oncall', at)
  const second = person('second', at)
  const lead = person('lead', at)
  const manager = person('manager', at)
  const outsider = person('outsider', at)
  const guest = person('guest', at, { guest: true })
  const people = [onCall, second, lead, manager, outsider, guest]
  return { onCall, second, lead, manager, outsider, guest, people }
}

function contest(at: number, clusters: readonly Cluster[], teams: readonly Team[]): Contest {
  const service = `svc-${at}`
  const cluster = clusters[Math.floor(at / servicesPerCluster)]
  const team = teams[at % teams.length]
  if (!cluster || !team) throw new Error('there are too few clusters or teams')
  cluster.createWithPast(deployment(service), [
    { image: `shop/${service}:1.0`, at: new Date(Date.now() - 20 * day) },
    { image: `shop/${service}:1.1`, at: new Date(Date.now() - 60_000) },
  ])
  return { service, cluster, team }
}

const day = 24 * 60 * 60 * 1_000

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

const configOf = (folder: string, clusters: number, contests: readonly Contest[]): string => `
organisation: Race
timezone: UTC
slack: { incidentChannels: service }
roles:
${Object.entries(board)
  .map(([role, { id }]) => `  ${role}: { members: [${id}] }`)
  .join('\n')}
clusters:
${Array.from({ length: clusters }, (_, at) => `  c${at}: { kubeconfig: ${JSON.stringify(join(folder, `c${at}`))} }`).join('\n')}
services:
${contests.map(serviceOf).join('\n')}
`

const serviceOf = ({ service, team }: Contest, at: number): string => `  ${service}:
    owner: Team
    channel: "#${service}"
    targets: [{ kubernetes: { cluster: c${Math.floor(at / servicesPerCluster)}, namespace: production, deployment: ${service} } }]
    roles:
      on-call-engineer: { members: [${team.onCall.id}, ${team.second.id}] }
      team-lead: { members: [${team.lead.id}] }
      engineering-manager: { members: [${team.manager.id}] }`

async function replica(
  variables: NodeJS.ProcessEnv,
): Promise<{ readonly url: string; end(): Promise<void> }> {
  const program = fileURLToPath(new URL('./replica.ts', import.meta.url))
  const { PATH, TZ } = process.env
  const child: ChildProcess = fork(program, {
    execArgv: [],
    env: { ...(PATH ? { PATH } : {}), ...(TZ ? { TZ } : {}), ...variables },
  })
  const ended = once(child, 'exit')
  const first = await Promise.race([once(child, 'message'), ended])
  if (typeof first[0] !== 'string') throw new Error('a process of the product did not start')
  return {
    url: first[0],
    async end() {
      child.disconnect()
      await ended
    },
  }
}

export type Race = Awaited<ReturnType<typeof startRace>>
