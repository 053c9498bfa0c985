import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import { type Config, secretsOf } from './config.ts'
import { textsFrom } from '#domain/communication/texts.ts'
import { createGate } from '#http/gate.ts'
import { webhookRoutes } from '#http/webhooks.ts'
import { healthRoutes, readiness } from '#http/health.ts'
import { stateFigures } from '#http/figures/state.ts'
import { createMeasures, createMetricsServer } from '#http/metrics.ts'
import { createServer } from '#http/server.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { assessments } from '#postgres/assessments.ts'
import { alertInbox, alertMemory, tidyAlerts } from '#postgres/alerts.ts'
import { backlog } from '#postgres/backlog.ts'
import { chainKey } from '#postgres/chain.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { fileSink, signHeads } from '#postgres/heads.ts'
import { inbox, tidyInbox } from '#postgres/inbox.ts'
import { outbox } from '#postgres/outbox.ts'
import { openPools } from '#postgres/pools.ts'
import { isAtWork, isMigrated } from '#postgres/ready.ts'
import { revisions } from '#postgres/revisions.ts'
import { warnOfSkew } from '#postgres/skew.ts'
import { wakeFormer } from '#postgres/wake-former.ts'
import { timeline } from '#postgres/timeline.ts'
import { slackEdge } from '#slack/index.ts'
import { checkDeeply } from '#workflows/check-deeply.ts'
import { logShortcomings } from '#workflows/examine.ts'
import { takeDeliveries } from '#workflows/take-deliveries.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { deriveKey } from './keys.ts'
import { png } from '#pictures/png.ts'
import type { AlertInbox, AlertMemory } from '#ports/alerts.ts'
import type { Log } from '#ports/log.ts'
import type { Inbox } from '#ports/store.ts'
import type { Outbox } from '#ports/surfaces.ts'
import { scrub } from './scrub.ts'
import { type Tenures, tenures } from './tenures.ts'
import { worldOf } from './world.ts'

export interface Surroundings {
  readonly log: Log
  /** The connection the bot works with; with the owner's, `actAs` gives the owner's rights up. */
  readonly databaseUrl: string
  readonly actAs?: 'countermand_runtime'
  readonly key: Uint8Array
  /** Where requests are taken from; everywhere when absent. */
  readonly host?: string
  /** The least time between two edits of a card, where Slack's own limit does not count. */
  readonly editEveryMs?: number
  /** Waits longer for what is measured, on a machine that does many things at once. */
  readonly patience?: number
}

export interface Countermand {
  /** Where Slack's requests are taken. */
  readonly url: string
  readonly jobs: Jobs
  /**
   * Hands running work over and closes everything. Not ready from the first moment on, it still takes requests for `graceMs`:
   * whoever sends them needs a while to see it.
   */
  stop(graceMs?: number): Promise<void>
}

/** What the product asks of everything around it. */
export interface Outside {
  readonly world: World
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly alerts: AlertInbox
  readonly memory: AlertMemory
}

/**
 * Joins the parts and starts them. The only place that knows them all. `through` may put something before what is around, for
 * whoever wants to see, and be asked, what goes there, and in whose name.
 */
export async function wire(
  config: Config,
  around: Surroundings,
  through: (outside: Outside, current: Tenures['current']) => Outside = (outside) => outside,
): Promise<Countermand> {
  const { log, databaseUrl, actAs, key, host = '0.0.0.0' } = around
  const secrets = secretsOf({ ...config, key })
  const hide = (text: string): string => scrub(text, secrets)
  const pools = openPools({ url: databaseUrl, log, ...(actAs ? { actAs } : {}) })
  const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
  const { current, during, mustHold } = tenures()
  const measures = createMeasures()
  measures.expect([...config.catalogue.keys()])
  const own = worldOf(
    config,
    {
      timeline: measures.measuredTimeline(timeline(pools.work, keys, hide, current)),
      revisions: revisions(pools.work),
      evidence: evidenceLocker(pools.work, hide),
      assessments: assessments(pools.work),
    },
    { log, hide, mustHold, measures, patience: around.patience },
  )
  const {
    world,
    inbox: deliveries,
    outbox: surfaces,
    alerts: arriving,
    memory,
  } = through(
    {
      world: own,
      inbox: inbox(pools.decisions, pools.intake, mustHold),
      outbox: outbox(pools.work, mustHold),
      alerts: alertInbox(pools.work, pools.intake),
      memory: alertMemory(pools.work),
    },
    current,
  )
  const flows = workflows(world)
  const edge = slackEdge({
    ...world,
    slack: config.slack,
    texts: textsFrom(config.templates, config.policy.rollback),
    draw: png,
    buttonKey: deriveKey(key, 'buttons'),
    inbox: deliveries,
    outbox: surfaces,
    workflows: flows,
    log,
    mustHold,
    meter: measures,
    ...(around.editEveryMs === undefined ? {} : { editEveryMs: around.editEveryMs }),
  })

  const server = createServer({ log })
  edge.routes(server)
  const gate = createGate(arriving)
  webhookRoutes(server, {
    settings: config.webhooks,
    secrets: config.webhookSecrets,
    catalogue: world.catalogue,
    inbox: arriving,
    gate,
    log,
    counted: (source, outcome) => measures.webhookTaken(source, outcome),
  })
  const taking = {
    ...world,
    deliveries: arriving,
    memory,
    suggest: edge.suggest,
    log,
  }
  const work: { jobs?: Jobs } = {}
  const ready = readiness([
    { name: 'database', isReady: () => answers(pools.decisions) },
    { name: 'migrations', isReady: isMigrated(pools.decisions) },
    { name: 'slack', isReady: async () => edge.isReady() },
    {
      name: 'worker',
      isReady: async () => work.jobs !== undefined && isAtWork(pools.decisions, work.jobs.replica),
    },
    { name: 'configuration', isReady: async () => work.jobs?.isStandingBy() === false },
  ])
  healthRoutes(server, ready)
  stateFigures(measures.registry, {
    backlog: () => backlog(pools.decisions),
    pools: { decisions: pools.decisions, intake: pools.intake, work: pools.work },
    isReady: async () => (await ready.missing()).length === 0,
  })
  const figures = createMetricsServer(measures.registry, log)

  edge.start()
  await warnOfSkew(pools.work, log)
  await wakeFormer(pools.work, [...world.catalogue.keys()])
  await flows.armAutomation()
  const jobs = await startJobs({
    pool: pools.work,
    decisions: pools.decisions,
    log,
    configuration: config.hash,
    during,
    tasks: {
      advance: (incident, signal) => flows.advance(incident, signal),
      assess: (assessment, signal) => flows.reassess(assessment, signal),
      automate: (stream, signal) => flows.automate(stream, signal),
      evidence: (incident, signal) => flows.captureEvidence(incident, signal),
      impact: (incident, signal) => flows.measureImpact(incident, signal),
      freeze: (incident, signal) => flows.reconcileFreezes(incident, signal),
      show: (incident, signal) => edge.show(incident, signal),
      deliver: (delivery) => edge.deliver(delivery),
      page: (incident, signal) => flows.page(incident, signal),
      propose: (incident) => flows.proposeForAlert(incident),
      alerts: (signal) => takeDeliveries(taking, signal),
      observe: (signal) => flows.observeAll(AbortSignal.any([signal, AbortSignal.timeout(30_000)])),
      check: (signal) =>
        checkDeeply(taking, AbortSignal.any([signal, AbortSignal.timeout(50_000)])),
      twice: (signal) => edge.takeAwayTwice(signal),
      redraw: async () => void (await surfaces.redraw()),
      hourly: async () => {
        await wakeFormer(pools.work, [...world.catalogue.keys()])
        await signHeads(pools.work, keys, fileSink(join(config.dataDir, 'heads.jsonl')))
        await tidyInbox(pools.work)
        await tidyAlerts(pools.work)
        await warnOfSkew(pools.work, log)
      },
    },
  })
  work.jobs = jobs
  const looking = new AbortController()
  const stop = async (graceMs = 0) => {
    ready.retire()
    looking.abort()
    // What others can go on with goes first. What comes in meanwhile is written down, and they answer it.
    await Promise.all([jobs.stop(), edge.stop(), sleep(graceMs)])
    await Promise.all([server.close(), figures.close()])
    gate.close()
    await pools.close()
  }
  try {
    await server.listen({ port: config.port, host })
    await figures.listen({ port: config.metricsPort, host })
  } catch (error) {
    await stop()
    throw error
  }
  // Beside everything else: what is missing is known before it is needed, and nothing waits for it.
  void logShortcomings({ ...world, log }, looking.signal)
  const { port } = server.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, jobs, stop }
}

async function answers(pool: Pool): Promise<boolean> {
  return (await pool.query('SELECT')).rowCount === 1
}
