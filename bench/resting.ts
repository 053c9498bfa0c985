import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '#sandbox/cluster/index.ts'
import { startSlack } from '#sandbox/slack/index.ts'

/** Everything the product needs to start and has nothing to do: a Slack with one person, a cluster with one healthy service. */
export async function resting(databaseUrl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'countermand-bench-'))
  const secrets = { signingSecret: randomBytes(16).toString('hex'), botToken: 'xoxb-bench-000001' }
  const slack = await startSlack({
    ...secrets,
    users: [{ id: person, name: 'on-call', realName: 'On Call', email: 'on-call@shop.example' }],
    channels: [{ id: channel, name: 'web', members: [person] }],
  })
  const cluster = await startCluster({ podStartMs: 1 })
  cluster.createWithPast(deployment, [{ image: 'shop/web:1.0', at: new Date() }])
  writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig(), { mode: 0o600 })
  writeFileSync(join(folder, 'countermand.yaml'), config(join(folder, 'kubeconfig')))
  return {
    signingSecret: secrets.signingSecret,
    env: {
      ...process.env,
      // As src/main.ts does; the first start fills it.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      COUNTERMAND_CONFIG: join(folder, 'countermand.yaml'),
      COUNTERMAND_DATA: join(folder, 'data'),
      COUNTERMAND_KEY: randomBytes(32).toString('hex'),
      DATABASE_URL: databaseUrl,
      SLACK_BOT_TOKEN: secrets.botToken,
      SLACK_SIGNING_SECRET: secrets.signingSecret,
      SLACK_API_URL: slack.apiUrl,
      PORT: '0',
      METRICS_PORT: '0',
    },
    async close(): Promise<void> {
      await Promise.all([slack.close(), cluster.close()])
      rmSync(folder, { recursive: true })
    },
  }
}

const person = 'U0ONCALL1'
const channel = 'C0WEB'
let asked = 0

/** What the one person may type; another request each time. */
export const command = (): Readonly<Record<string, string>> => ({
  command: '/rollback',
  text: 'help',
  team_id: 'T0EXAMPLE1',
  api_app_id: 'A0COUNTERM',
  user_id: person,
  channel_id: channel,
  trigger_id: `start.${(asked += 1)}`,
})

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

const config = (kubeconfig: string): string => `
organisation: Bench
timezone: UTC
roles:
  on-call-engineer: { members: [U0ONCALL1] }
  team-lead: { members: [U0LEAD001] }
  engineering-manager: { members: [U0MGR0001] }
  vp-engineering: { members: [U0VP00001] }
  executives: { members: [U0CEO0001] }
clusters:
  prod: { kubeconfig: ${JSON.stringify(kubeconfig)} }
services:
  web:
    owner: Team
    targets: [{ kubernetes: { cluster: prod, namespace: production, deployment: web } }]
`
