import { randomBytes } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Terminal } from '#cli/command.ts'
import { runCli } from '#cli/index.ts'
import { withColours } from '#sandbox/shop/config.ts'
import { startWorld } from '#sandbox/world.ts'
import { importJournalFile, openDesk } from '../../src/terminal/open-desk.ts'
import { freshDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { startIssuer } from '../support/pretend-issuer.ts'

/** Who proves which name: the shop's people, and somebody whom the configuration does not know. */
export const accounts = {
  onCall: { sub: 'u-oncall', email: 'noor@shop.example', email_verified: true },
  teamLead: { sub: 'u-lead', email: 'lena@shop.example', email_verified: true },
  manager: { sub: 'u-manager', email: 'tomasz@shop.example', email_verified: true },
  vp: { sub: 'u-vp', email: 'ifeoma@shop.example', email_verified: true },
  ceo: { sub: 'u-ceo', email: 'karin@shop.example', email_verified: true },
  stranger: { sub: 'u-nobody', email: 'nobody@elsewhere.example', email_verified: true },
} as const
export type Account = keyof typeof accounts

const members: Readonly<Record<Exclude<Account, 'stranger'>, string>> = {
  onCall: 'U0ONCALL01',
  teamLead: 'U0LEAD0001',
  manager: 'U0MANAGER1',
  vp: 'U0VPENG001',
  ceo: 'U0CEO00001',
}

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** The shop with its bot, and a terminal for which Slack does not answer. */
export async function deskWorld({
  more = '',
  freeze = true,
  hasColours = false,
  configured: changed = (yaml: string) => yaml,
} = {}) {
  const database = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'countermand-'))
  const issuer = await startIssuer()
  const key = randomBytes(32)
  let configured = ''
  const world = await startWorld({
    port: 0,
    database: { ownerUrl: database.ownerUrl, url: database.url },
    key,
    log: silent,
    podStartMs: 20,
    editEveryMs: 0,
    hasColours,
    configured(yaml) {
      const shop = hasColours ? withColours(yaml) : yaml
      configured = `${freeze ? shop : shop.replace(', freeze: true', '')}
${more}
terminal:
  workspace: T0EXAMPLE1
  identity: { oidc: { issuer: "${issuer.url}", clientId: countermand-terminal } }
  people:
${Object.entries(members)
  .map(([account, user]) => `    ${user}: { is: [${accounts[account as Account].email}] }`)
  .join('\n')}
`
      configured = changed(configured)
      return configured
    },
  })
  const file = join(folder, 'countermand.yaml')
  await writeFile(file, configured)
  const variables = {
    COUNTERMAND_CONFIG: file,
    COUNTERMAND_DATA: folder,
    COUNTERMAND_KEY: key.toString('hex'),
    DATABASE_URL: database.ownerUrl,
    SLACK_BOT_TOKEN: 'xoxb-the-terminals-token',
    SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
    // Nobody listens there: Slack is away.
    SLACK_API_URL: 'http://127.0.0.1:1/api/',
  }

  return {
    world,
    database,
    issuer,
    folder,
    file,
    variables,
    /** Paths of those that lie there. */
    journals: () => globSync(join(folder, 'journals', '*.jsonl')),
    /** Changes of checkout itself that were really made, each as it was asked for. */
    changesMade: () =>
      world.cluster.requests.filter(
        ({ method, path, query, status }) =>
          method === 'PATCH' &&
          path.endsWith('/deployments/checkout') &&
          !query.includes('dryRun') &&
          status === 200,
      ),
    /** Types a command as somebody; `answers` are typed behind its questions, in their order. */
    async types(
      who: Account | readonly Account[],
      words: readonly string[],
      answers: readonly string[] = [],
      more: {
        readonly variables?: Partial<typeof variables>
        /** Called with everything that is shown; answers whether Ctrl-C is pressed then. */
        readonly onOut?: (text: string) => boolean
      } = {},
    ): Promise<Ran> {
      issuer.behaviour.people = [who].flat().map((account) => accounts[account])
      const out: string[] = []
      const err: string[] = []
      const left = [...answers]
      const listeners: (() => void)[] = []
      const terminal: Terminal = {
        out(text) {
          out.push(text)
          if (more.onOut?.(text)) for (const told of listeners.slice()) told()
        },
        err: (text) => err.push(text),
        variables: {},
        fallbackFile: undefined,
        openArchive: () => Promise.reject(new Error('not here')),
        draw: () => Promise.reject(new Error('not here')),
        openMetrics: () => Promise.reject(new Error('not here')),
        openExamination: async () => [],
        openDesk: (options) =>
          openDesk({ ...variables, ...more.variables }, options, (text) => err.push(text)),
        importJournal: (path, config) =>
          importJournalFile({ ...variables, ...more.variables }, path, config),
        ask: async () => left.shift(),
        onInterrupt(told) {
          listeners.push(told)
          return () => listeners.splice(listeners.indexOf(told), 1)
        },
      }
      const code = await runCli(words, terminal)
      return { code, out: out.join('\n'), err: err.join('\n') }
    },
    /** The bot ends; everything around it stays. */
    async serverEnds() {
      await world.app.stop()
      Object.assign(world.app, { stop: async () => undefined })
    },
    async close() {
      await world.close()
      await Promise.all([issuer.close(), database.close(), rm(folder, { recursive: true })])
    },
  }
}

/** The rollback that a command proposed. */
export const rollbackIn = ({ out, err }: Ran): string => {
  const [found] = /rb_[\w-]+/.exec(out) ?? []
  if (found === undefined) throw new Error(`no rollback was proposed:\n${out}\n${err}`)
  return found
}
