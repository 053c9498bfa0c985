import { png } from '#pictures/png.ts'
import { noMetrics } from '#metrics/none.ts'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { clock } from '../../src/clock.ts'
import { ids } from '../../src/ids.ts'
import { scrub } from '../../src/scrub.ts'
import { directory } from '#directory/index.ts'
import type { Role } from '#domain/authority/role.ts'
import { textsFrom } from '#domain/communication/texts.ts'
import { deliveryId, incidentId } from '#domain/ids.ts'
import { weekdays } from '#domain/schedule/change-windows.ts'
import type { RoleSource, Service } from '#domain/service.ts'
import { createMeasures } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { chainKey } from '#postgres/chain.ts'
import { assessments } from '#postgres/assessments.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { inbox } from '#postgres/inbox.ts'
import { outbox } from '#postgres/outbox.ts'
import { TenureOver } from '#ports/tenure.ts'
import { revisions } from '#postgres/revisions.ts'
import { timeline } from '#postgres/timeline.ts'
import type { Executor } from '#ports/executor.ts'
import type { EvidenceLocker, Inbox } from '#ports/store.ts'
import type { Warning } from '#domain/rollback/plan.ts'
import { type PretendSlack, startSlack } from '#sandbox/slack/index.ts'
import type { UserSeed } from '#sandbox/slack/model.ts'
import { exampleChannels, exampleUserGroups, exampleUsers } from '#sandbox/slack/people.ts'
import { slackClient } from '#slack/client.ts'
import { slackDoor } from '#slack/door.ts'
import { type SlackEdge, type SlackSettings, slackEdge } from '#slack/index.ts'
import type { SlackParts } from '#slack/parts.ts'
import { workflows } from '#workflows/index.ts'
import type { Workflows } from '#workflows/workflows.ts'
import { aCandidate, aPlan, aPolicy, aService } from '../support/builders.ts'
import { freshDatabase, type TestDatabase } from '../support/database.ts'
import { silent } from '../support/database-server.ts'
import { lulls } from '#slack/admission/lull.ts'
import { turns } from '../../src/turns.ts'

const signingSecret = '0123456789abcdef0123456789abcdef'
const previousSecret = 'fedcba9876543210fedcba9876543210'
const botToken = 'xoxb-pretend-token-for-tests'

export interface Replica {
  readonly edge: SlackEdge
  readonly url: string
  stop(): Promise<void>
}

export interface EdgeWorld {
  readonly slack: PretendSlack
  readonly edge: SlackEdge
  readonly url: string
  /** What Prometheus would read. */
  figures(): Promise<string>
  /** Starts another process of the bot, as far as the database and Slack can tell. */
  replica(): Promise<Replica>
  readonly botToken: string
  readonly signingSecret: string
  readonly previousSecret: string
  readonly database: TestDatabase
  readonly record: ReturnType<typeof timeline>
  readonly evidence: EvidenceLocker
  /** What the inbox does before it does its work: slow it down, or break it. */
  before: () => Promise<void>
  /** The same, before it notes that an acknowledgement has gone out. */
  noting: () => Promise<void>
  /** The same, before it notes that something is done. */
  ending: () => Promise<void>
  /** What plans warn of. */
  warnings: readonly Warning[]
  /** What the platform does before it answers. */
  looking: () => Promise<void>
  /** Whether others may have taken over what is done here. */
  isTakenOver: boolean
  readonly workflows: Workflows
  /** Does what the jobs would do, until nothing is left: every delivery, then everything that is to be shown. */
  settle(): Promise<void>
  /** Carries out what waits, and shows nothing of it yet. */
  carryOut(): Promise<void>
  waitingDeliveries(): Promise<number>
  eventKinds(): Promise<readonly string[]>
  /** What somebody was told privately last, as words. */
  lastSaid(who: string): string
  close(): Promise<void>
}

const alwaysOpen = { zone: 'UTC', open: [{ days: weekdays, from: 0, to: 1_440 }], closed: [] }

/** The real edge between a pretend Slack, both over HTTP, and a real database; only the platform that is rolled back is made up. */
export async function edgeWorld(
  more: Partial<SlackSettings> = {},
  /** A card is edited as often as there is something new, unless a test asks for the product's pace. */
  limits: { readonly perMinute?: number; readonly editEveryMs?: number } = {},
): Promise<EdgeWorld> {
  const database = await freshDatabase()
  const slack = await startSlack({
    signingSecret,
    botToken,
    users: [...exampleUsers, ...others],
    userGroups: exampleUserGroups,
    channels: [...exampleChannels, lounge, hall],
    retryDelaysMs: [],
    // How fast a busy machine answers decides nothing here; that Slack waits no longer than 3 s is shown in `admission.test.ts`.
    ackTimeoutMs: 30_000,
  })
  const settings: SlackSettings = {
    botToken,
    signingSecrets: [signingSecret, previousSecret],
    appToken: undefined,
    apiUrl: slack.apiUrl,
    commands: { rollback: '/rollback', assess: '/assess', promote: '/promote' },
    incidentChannels: 'create',
    announceIn: '#incidents',
    ...more,
  }
  const { work, decisions } = database.pools
  const policy = aPolicy()
  // A guest whom the configuration names for one service and for no other.
  const executive = { members: ['U0CEO00001', 'U0FREELANC'] }
  const payments = { ...service('payments'), changeWindows: alwaysOpen, roles: { executive } }
  const catalogue = new Map([service('checkout'), payments].map((one) => [one.id, one]))
  const hide = (text: string) => scrub(text, [botToken, signingSecret, previousSecret])
  const record = timeline(work, [chainKey('k'.repeat(32))], hide)
  const given = {
    before: async () => undefined as void,
    noting: async () => undefined as void,
    ending: async () => undefined as void,
    warnings: [] as readonly Warning[],
    looking: async () => undefined as void,
    isTakenOver: false,
  }
  const mustHold = () => {
    if (given.isTakenOver) throw new TenureOver('it may have been taken over')
  }
  const evidence = evidenceLocker(work, hide)
  const executors = new Map([['kubernetes', platform(given)]])
  const people = directory({ client: slackClient(settings, silent), roles, log: silent })
  const flows = workflows({
    catalogue,
    policy,
    timeline: record,
    revisions: revisions(work),
    evidence,
    assessments: assessments(work),
    executors,
    directory: people,
    metrics: noMetrics,
    pagers: new Map(),
    probe: { get: async () => ({ ok: true, status: 200, tookMs: 1, why: undefined }) },
    clock,
    ids,
    scrub: (text) => text,
  })
  const real = inbox(decisions, decisions, mustHold)
  const measures = createMeasures()
  const deliveries: Inbox = {
    ...real,
    async admit(delivery) {
      await given.before()
      return real.admit(delivery)
    },
    async acknowledged(...sent) {
      await given.noting()
      return real.acknowledged(...sent)
    },
    async done(id) {
      await given.ending()
      return real.done(id)
    },
  }
  const replica = async (): Promise<Replica> => {
    const parts: SlackParts = {
      slack: settings,
      texts: textsFrom({}, policy.rollback),
      draw: png,
      buttonKey: Buffer.alloc(32, 7),
      catalogue,
      policy,
      inbox: deliveries,
      outbox: outbox(work),
      timeline: record,
      evidence,
      directory: people,
      executors,
      workflows: flows,
      clock,
      log: silent,
      meter: measures,
      scrub: hide,
      mustHold,
      editEveryMs: 0,
      ...limits,
    }
    const door = slackDoor({ ...parts, lull: lulls(), turn: turns() }, async () => edge.inside)
    const edge = slackEdge(parts, door)
    const server: FastifyInstance = createServer({ log: silent })
    door.routes(server)
    await server.listen({ port: 0, host: '127.0.0.1' })
    const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
    edge.start()
    while (!edge.isReady()) await clock.pause(5, AbortSignal.timeout(1_000))
    const stop = async () => {
      await server.close()
      await edge.stop()
    }
    replicas.push({ edge, url, stop })
    return { edge, url, stop }
  }
  const replicas: Replica[] = []
  const { edge, url } = await replica()
  slack.setAppUrl(url)

  // That a request was acknowledged is noted a moment after Slack has heard so.
  const waiting = async (): Promise<readonly string[]> => {
    for (;;) {
      const { rows } = await database.owner.query<{ id: string; held: boolean }>(
        'SELECT id, acknowledged IS NULL AS held FROM inbox WHERE done_at IS NULL ORDER BY admitted_at',
      )
      if (!rows.some(({ held }) => held)) return rows.map(({ id }) => id)
      await clock.pause(2, AbortSignal.timeout(1_000))
    }
  }
  const due = async (): Promise<readonly string[]> =>
    (
      await database.owner.query<{ stream_id: string }>('SELECT DISTINCT stream_id FROM outbox_due')
    ).rows.map((row) => row.stream_id)

  return Object.assign(given, {
    slack,
    edge,
    url,
    replica,
    figures: () => measures.registry.metrics(),
    botToken,
    signingSecret,
    previousSecret,
    database,
    record,
    evidence,
    workflows: flows,
    async settle() {
      for (;;) {
        const open = await waiting()
        for (const id of open) await edge.deliver(deliveryId(id))
        const streams = await due()
        for (const id of streams) await edge.show(incidentId(id), new AbortController().signal)
        if (open.length === 0 && streams.length === 0) return
      }
    },
    async carryOut() {
      for (const id of await waiting()) await edge.deliver(deliveryId(id))
    },
    waitingDeliveries: async () => (await waiting()).length,
    async eventKinds() {
      const { rows } = await database.owner.query<{ kind: string }>(
        'SELECT kind FROM timeline_events ORDER BY stream_id, seq',
      )
      return rows.map(({ kind }) => kind)
    },
    lastSaid(who: string) {
      const said = slack.ephemerals(who).at(-1)
      return said ? slack.words(said.message) : ''
    },
    async close() {
      for (const { stop } of replicas) await stop()
      await slack.close()
      await database.close()
    },
  })
}

const others: readonly UserSeed[] = [
  {
    id: 'U0FORMER01',
    name: 'former',
    realName: 'Gone Since May',
    role: 'former',
    deactivated: true,
  },
  { id: 'U0ROBOT001', name: 'robot', realName: 'Another App', role: 'robot', bot: true },
  { id: 'U0FREELANC', name: 'freelancer', realName: 'Ann Ito', role: 'freelancer', guest: true },
]
const lounge = {
  id: 'C0LOUNGE01',
  name: 'lounge',
  members: [...others, ...exampleUsers].map(({ id }) => id),
}

/** Where nobody has invited the bot. */
const hall = { id: 'C0HALL0001', name: 'hall', bot: false }

const roles: Readonly<Record<Role, RoleSource>> = {
  'on-call-engineer': { slackUserGroup: 'checkout-oncall' },
  'team-lead': { slackUserGroup: 'payments-leads', members: ['U0LEAD0002'] },
  'engineering-manager': { members: ['U0MANAGER1'] },
  'vp-engineering': { members: ['U0VPENG001'] },
  executive: { members: ['U0CEO00001'] },
}

function service(name: string): Service {
  const { target } = aPlan()
  return {
    ...aService({ targets: [{ ...target, workload: `prod/${name}` as typeof target.workload }] }),
    id: name as Service['id'],
    channel: `#${name}`,
    dependsOn: [],
  }
}

/** Something that can be planned for; nothing is carried out in these tests. */
function platform(given: Pick<EdgeWorld, 'warnings' | 'looking'>): Executor {
  const plan = aPlan()
  return {
    kind: 'kubernetes',
    problems: () => [],
    async observe() {
      await given.looking()
      return {
        running: plan.from,
        history: [plan.from, plan.to],
        precondition: plan.precondition,
        warnings: given.warnings,
        blockers: [],
        units: { noun: 'pods', count: 12, ready: 12 },
      }
    },
    route: async () => ({
      steps: plan.steps,
      collapse: [],
      collapseHow: null,
      differences: plan.differences,
      warnings: [],
      blockers: [],
      mechanism: plan.mechanism,
      how: plan.how,
      expectedMicros: plan.expectedMicros,
    }),
    changedSince: async () => undefined,
    apply: async () => undefined,
    async *progress() {
      yield { kind: 'settled', ready: 12, wanted: 12 } as const
    },
    verify: async () => [],
    evidence: async () => [],
    candidates: async () => [
      aCandidate(plan.from, { standing: { kind: 'unproven' } }),
      aCandidate(plan.to),
    ],
    examine: async () => [],
    lookCommand: () => 'kubectl -n production get deployment checkout',
  }
}
