import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import { type Config, secretsOf } from './config.ts'
import { machineGates } from '#http/gate.ts'
import { webhookRoutes } from '#http/webhooks.ts'
import { flaggerRoutes } from '#http/flagger.ts'
import { testRoutes } from '#http/tests.ts'
import { asVariable } from '#config/webhook-secrets.ts'
import { flaggerGateTable } from '#postgres/gates.ts'
import { testReports } from '#postgres/test-reports.ts'
import { healthRoutes, readiness } from '#http/health.ts'
import { stateFigures } from '#http/figures/state.ts'
import { createMeasures, createMetricsServer } from '#http/metrics.ts'
import { lulls } from '#slack/admission/lull.ts'
import { afterPeople, turns } from './turns.ts'
import { createServer } from '#http/server.ts'
import { ownHands } from '#jobs/hands.ts'
import type { Jobs } from '#jobs/index.ts'
import { repeat } from '#jobs/repeat.ts'
import { alertInbox } from '#postgres/alerts.ts'
import { backlog } from '#postgres/backlog.ts'
import { inbox } from '#postgres/inbox.ts'
import { openPools, type Pools } from '#postgres/pools.ts'
import { isAtWork, isMigrated } from '#postgres/ready.ts'
import { slackDoor } from '#slack/door.ts'
import type { SlackEdge } from '#slack/index.ts'
import { clock } from './clock.ts'
import type { Surroundings, Through } from './house.ts'
import { scrub } from './scrub.ts'
import { tenures } from './tenures.ts'

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

/** Loading keeps the answer from being heard: it waits for that, but not long. In ms. */
const mostForSlackMs = 250

/** About 1250 a second, however many they send: a quarter of what could be taken in, so that whoever presses a button finds room. */
const machines = { eachRound: 4, pauseMs: 3 }

/** Most of the program. Nobody is heard while something is loaded, so it is loaded piece by piece, with a breath between them. */
const pieces: readonly (() => Promise<unknown>)[] = [
  () => import('@slack/bolt'),
  () => import('#workflows/index.ts'),
  () => import('#slack/views/index.ts'),
  () => import('#slack/index.ts'),
  () => import('#executors/index.ts'),
  () => import('graphile-worker'),
]
/** Enough for a request that is on its way; in ms. */
const breathMs = 5

/**
 * Joins the parts and starts them; with `house.ts` the only place that knows them all. Requests are taken in, and written down, as
 * soon as that is loaded; what works on them is loaded then. Resolves when it works. `through` may put something before what is
 * around, for whoever wants to see, and be asked, what goes there, and in whose name; nothing comes in before it then.
 */
export async function wire(
  config: Config,
  around: Surroundings,
  through?: Through,
): Promise<Countermand> {
  const { log, databaseUrl, actAs, key, host = '0.0.0.0', told } = around
  const secrets = secretsOf({ ...config, key })
  const hide = (text: string): string => scrub(text, secrets)
  const lull = lulls()
  const pressed = () => lull.comes(true)
  const pools = openPools({ url: databaseUrl, log, pressed, ...(actAs ? { actAs } : {}) })
  // Before anybody needs them: to open one takes seconds while everything starts, and a request has two and a half (threat T014).
  const kept = repeat(keepOpenMs, 'No connection could be kept open for what comes in', log, () =>
    keptOpen(pools),
  )
  const held = tenures()
  const measures = createMeasures()
  measures.expect([...config.catalogue.keys()])
  const hands = ownHands({ calm: lull.calm })
  const arriving = {
    inbox: inbox(pools.decisions, pools.intake, held.mustHold, hands),
    alerts: alertInbox(pools.work, pools.intake),
  }
  const house = async () => {
    const { furnished } = await import('./house.ts')
    return furnished({
      config,
      around,
      hide,
      pools,
      tenures: held,
      measures,
      hands,
      through,
      ...arriving,
    })
  }
  const seen = through && (await house())
  const { inbox: deliveries, alerts } = seen?.outside ?? arriving

  // Of everything that nobody has pressed a button for.
  const turn = turns()
  const behind = Promise.withResolvers<SlackEdge>()
  behind.promise.catch(() => undefined)
  const door = slackDoor(
    {
      slack: config.slack,
      log,
      scrub: hide,
      mustHold: held.mustHold,
      meter: measures,
      inbox: deliveries,
      lull,
      turn,
      clock,
    },
    async () => (await behind.promise).inside,
  )
  const server = createServer({ log })
  door.routes(server)
  const gates = machineGates(alerts, () => afterPeople(turns(machines), pressed))
  webhookRoutes(server, {
    settings: config.webhooks,
    secrets: config.webhookSecrets,
    catalogue: config.catalogue,
    inbox: alerts,
    gate: gates.alerts,
    log,
    counted: (source, outcome) => measures.webhookTaken(source, outcome),
  })
  flaggerRoutes(server, {
    secretsOf: (cluster) => config.flaggerSecrets.get(asVariable(cluster)) ?? [],
    catalogue: config.catalogue,
    gates: flaggerGateTable(pools.work, pools.intake),
    inbox: alerts,
    gate: gates.flagger,
    log,
    counted: (source, outcome) => measures.webhookTaken(source, outcome),
  })
  testRoutes(server, {
    secrets: config.testSecrets,
    catalogue: config.catalogue,
    reports: testReports(pools.work, pools.intake),
    gate: gates.alerts,
    log,
    counted: (source, outcome) => measures.webhookTaken(source, outcome),
  })
  const parts: { edge?: SlackEdge; jobs?: Jobs; figures?: FastifyInstance } = {}
  const ready = readiness([
    { name: 'database', isReady: () => answers(pools.decisions) },
    { name: 'migrations', isReady: isMigrated(pools.decisions) },
    { name: 'slack', isReady: async () => parts.edge?.isReady() === true },
    {
      name: 'worker',
      isReady: async () =>
        parts.jobs !== undefined && isAtWork(pools.decisions, parts.jobs.replica),
    },
    { name: 'configuration', isReady: async () => parts.jobs?.isStandingBy() === false },
  ])
  healthRoutes(server, ready)
  stateFigures(measures.registry, {
    backlog: () => backlog(pools.decisions),
    pools: {
      decisions: pools.decisions,
      intake: pools.intake,
      presses: pools.presses,
      work: pools.work,
    },
    isReady: async () => (await ready.missing()).length === 0,
  })

  const looking = new AbortController()
  const stop = async (graceMs = 0) => {
    ready.retire()
    looking.abort()
    behind.reject(new Error('the process is stopping'))
    // What others can go on with goes first. What comes in meanwhile is written down, and they answer it.
    door.stop()
    await Promise.all([parts.jobs?.stop(), parts.edge?.stop(), sleep(graceMs)])
    await Promise.all([server.close(), parts.figures?.close()])
    gates.alerts.close()
    gates.flagger.close()
    await kept.stop()
    await pools.close()
  }
  try {
    await server.listen({ port: config.port, host })
    await Promise.race([
      door.ask().catch(() => undefined),
      sleep(mostForSlackMs, undefined, { ref: false }),
    ])
    for (const load of seen ? [] : pieces) {
      await sleep(breathMs)
      await door.lull()
      told?.throwIfAborted()
      await load()
    }
    parts.figures = createMetricsServer(measures.registry, log)
    await parts.figures.listen({ port: config.metricsPort, host })
    const { edge, work, logShortcomings } = seen ?? (await house())
    // From here on it works: whoever is told to end before has nothing to hand over.
    told?.throwIfAborted()
    parts.edge = edge(door)
    behind.resolve(parts.edge)
    parts.edge.start()
    const jobs = await work(parts.edge)
    parts.jobs = jobs
    logShortcomings(looking.signal)
    const { port } = server.server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, jobs, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Shorter than an idle connection is kept. In ms. */
const keepOpenMs = 5_000
/** Asked, so that one whose other end is gone is found before a request is sent along it. */
async function keptOpen({ decisions, intake, presses }: Pools): Promise<void> {
  await Promise.all([decisions, intake, presses].map((pool) => pool.query('SELECT')))
}

async function answers(pool: Pool): Promise<boolean> {
  return (await pool.query('SELECT')).rowCount === 1
}
