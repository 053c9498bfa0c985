import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openExamination } from '#examination/index.ts'
import { startMetrics } from '#sandbox/metrics/index.ts'
import { shopCluster } from '#sandbox/shop/cluster.ts'
import { shopConfig } from '#sandbox/shop/config.ts'
import { startSlack } from '#sandbox/slack/index.ts'
import { exampleChannels, exampleUserGroups, exampleUsers } from '#sandbox/slack/people.ts'
import { botScopes } from '#slack/scopes.ts'
import { run } from '../cli/support.ts'
import { freshDatabase } from '../support/database.ts'

const botToken = 'xoxb-pretend-token-for-tests'
const signingSecret = '0123456789abcdef0123456789abcdef'

/** Everything an installation of the example shop is made of, each part a real server that can be broken. */
export async function anInstallation(scopes: readonly string[] = botScopes) {
  const folder = await mkdtemp(join(tmpdir(), 'installation-'))
  const database = await freshDatabase()
  // The test server is fast rather than safe; an installation is not.
  const name = new URL(database.ownerUrl).pathname.slice(1)
  await database.owner.query(`ALTER DATABASE ${name} SET synchronous_commit = on`)
  const cluster = await shopCluster({ podStartMs: 5 })
  const metrics = await startMetrics({ cluster })
  const slack = await startSlack({
    signingSecret,
    botToken,
    scopes,
    users: exampleUsers,
    userGroups: exampleUserGroups,
    channels: exampleChannels,
  })
  const kubeconfig = join(folder, 'kubeconfig')
  const file = join(folder, 'countermand.yaml')
  await writeFile(kubeconfig, cluster.kubeconfig())
  const yaml = shopConfig({ kubeconfig, prometheus: metrics.url, shop: metrics.url })
  await writeFile(file, yaml)
  const variables = {
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: slack.apiUrl,
    DATABASE_URL: database.ownerUrl,
    COUNTERMAND_KEY: randomBytes(32).toString('hex'),
    COUNTERMAND_DATA: folder,
  }
  const closing = [
    () => slack.close(),
    () => metrics.close(),
    () => cluster.close(),
    () => database.close(),
    () => rm(folder, { recursive: true }),
  ]
  /** What somebody sees who types the command; `changed` stands over the variables. */
  const doctor = (words = '', changed: Readonly<Record<string, string | undefined>> = {}) =>
    run(`doctor --config ${file} ${words}`, {
      openExamination: async (path) =>
        openExamination({ ...variables, COUNTERMAND_CONFIG: path, ...changed }),
    })
  return {
    database,
    cluster,
    metrics,
    slack,
    variables,
    /** The configuration file, written anew. */
    configure: (change: (yaml: string) => string) => writeFile(file, change(yaml)),
    doctor,
    /** The lines of what is not in place; the rest of the examination must have gone on all the same. */
    async faults(changed: Readonly<Record<string, string | undefined>> = {}) {
      const { code, out } = await doctor('', changed)
      const lines = steady(out).split('\n')
      if (lines.filter((line) => line.startsWith('✓ ')).length < 5)
        throw new Error(`hardly anything was looked at:\n${out}`)
      return { code, faults: lines.filter((line) => /^[✗!] /.test(line)) }
    },
    async close() {
      for (const end of closing) await end()
    },
  }
}

/** Without what differs from run to run. */
export const steady = (text: string): string =>
  text
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:####')
    .replace(/PostgreSQL [\d.]+ \S*/g, 'PostgreSQL #')
    .replace(/\/[^\s]*installation-\w+/g, '<folder>')
    .replace(/policy [0-9a-f]{12}/, 'policy ####')
    .replace(/migrated to \d+ of \d+/, 'migrated to # of #')
