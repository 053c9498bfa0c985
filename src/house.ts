import { join } from 'node:path'
import type { Config } from './config.ts'
import { textsFrom } from '#domain/communication/texts.ts'
import type { Measures } from '#http/metrics.ts'
import type { OwnHands } from '#jobs/hands.ts'
import { type Jobs, startJobs } from '#jobs/index.ts'
import { alertMemory, tidyAlerts } from '#postgres/alerts.ts'
import { assessments } from '#postgres/assessments.ts'
import { testReports, tidyTestReports } from '#postgres/test-reports.ts'
import { flaggerGateTable, tidyGates } from '#postgres/gates.ts'
import { chainKey } from '#postgres/chain.ts'
import { evidenceLocker } from '#postgres/evidence.ts'
import { fileSink, signHeads } from '#postgres/heads.ts'
import { tidyInbox } from '#postgres/inbox.ts'
import { outbox } from '#postgres/outbox.ts'
import type { Pools } from '#postgres/pools.ts'
import { pressesApart, surfacesApart } from '#postgres/presses-apart.ts'
import { revisions } from '#postgres/revisions.ts'
import { warnOfSkew } from '#postgres/skew.ts'
import { timeline } from '#postgres/timeline.ts'
import { wakeFormer } from '#postgres/wake-former.ts'
import { png } from '#pictures/png.ts'
import type { AlertInbox, AlertMemory } from '#ports/alerts.ts'
import type { Log } from '#ports/log.ts'
import type { Inbox } from '#ports/store.ts'
import type { Outbox } from '#ports/surfaces.ts'
import type { SlackDoor } from '#slack/door.ts'
import { type SlackEdge, slackEdge } from '#slack/index.ts'
import { checkDeeply } from '#workflows/check-deeply.ts'
import { checkVersions } from '#workflows/check-versions.ts'
import { logShortcomings } from '#workflows/examine.ts'
import { workflows } from '#workflows/index.ts'
import { passOnSuggestions } from '#workflows/pass-on-suggestions.ts'
import { takeDeliveries } from '#workflows/take-deliveries.ts'
import type { World } from '#workflows/world.ts'
import { deriveKey } from './keys.ts'
import type { Tenures } from './tenures.ts'
import { worldOf } from './world.ts'

export interface Surroundings {
  readonly log: Log
  /** The connection the bot works with; with the owner's, `actAs` gives the owner's rights up. */
  readonly databaseUrl: string
  readonly actAs?: 'countermand_runtime'
  readonly key: Uint8Array
  /** Aborted when the process is to end: while it starts, it starts no further. */
  readonly told?: AbortSignal
  /** Where requests are taken from; everywhere when absent. */
  readonly host?: string
  /** The least time between two edits of a card, where Slack's own limit does not count. */
  readonly editEveryMs?: number
  /** Waits longer for what is measured, on a machine that does many things at once. */
  readonly patience?: number
}

/** What the product asks of everything around it. */
export interface Outside {
  readonly world: World
  readonly inbox: Inbox
  readonly outbox: Outbox
  readonly alerts: AlertInbox
  readonly memory: AlertMemory
}
export type Through = (outside: Outside, current: Tenures['current']) => Outside

interface Given {
  readonly config: Config
  readonly around: Surroundings
  readonly hide: (text: string) => string
  readonly pools: Pools
  readonly tenures: Tenures
  readonly measures: Measures
  /** What comes in. */
  readonly inbox: Inbox
  readonly alerts: AlertInbox
  readonly hands: OwnHands
  readonly through: Through | undefined
}

export interface House {
  readonly outside: Outside
  /** What answers Slack, behind the door that is open already. */
  edge(door: SlackDoor): SlackEdge
  /** Begins to work on what was taken in. */
  work(edge: SlackEdge): Promise<Jobs>
  /** Says what is missing before it is needed. */
  logShortcomings(signal: AbortSignal): void
}

/** Everything behind the doors: what decides, carries out and answers. Most of the program, and loaded while the first requests come in. */
export function furnished(given: Given): House {
  const { config, around, hide, pools, measures, through } = given
  const { log, key } = around
  const { current, during, mustHold } = given.tenures
  const keys = [chainKey(deriveKey(key, 'timeline').toString('hex'))] as const
  const record = (pool: Pools['work']) => timeline(pool, keys, hide, current, log)
  const records = { presses: record(pools.presses), work: record(pools.work) }
  const shown = { presses: outbox(pools.presses, mustHold), work: outbox(pools.work, mustHold) }
  const own: Outside = {
    world: worldOf(
      config,
      {
        timeline: measures.measuredTimeline(pressesApart(records, current)),
        revisions: revisions(pools.work),
        evidence: evidenceLocker(pools.work, hide),
        assessments: assessments(pools.work),
        gates: flaggerGateTable(pools.work),
        tests: testReports(pools.work),
      },
      { log, hide, mustHold, measures, patience: around.patience },
    ),
    inbox: given.inbox,
    outbox: surfacesApart(shown, current),
    alerts: given.alerts,
    memory: alertMemory(pools.work),
  }
  const outside = through ? through(own, current) : own
  const { world, inbox, outbox: surfaces, alerts, memory } = outside
  const flows = workflows(world)

  return {
    outside,
    edge: (door) =>
      slackEdge(
        {
          ...world,
          slack: config.slack,
          texts: textsFrom(config.templates, config.policy.rollback),
          draw: png,
          buttonKey: deriveKey(key, 'buttons'),
          inbox,
          outbox: surfaces,
          workflows: flows,
          log,
          mustHold,
          meter: measures,
          ...(around.editEveryMs === undefined ? {} : { editEveryMs: around.editEveryMs }),
        },
        door,
      ),

    async work(edge) {
      await warnOfSkew(pools.work, log)
      await wakeFormer(pools.work, [...world.catalogue.keys()])
      await flows.noteConfiguration(config.hash)
      await flows.armAutomation()
      const taking = { ...world, deliveries: alerts, memory, log }
      return startJobs({
        pool: pools.work,
        decisions: pools.decisions,
        presses: pools.presses,
        log,
        configuration: config.hash,
        during,
        hands: given.hands,
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
          suggest: (signal) => passOnSuggestions({ ...taking, suggest: edge.suggest }, signal),
          observe: (signal) =>
            flows.observeAll(AbortSignal.any([signal, AbortSignal.timeout(30_000)])),
          check: async (signal) => {
            const inTime = AbortSignal.any([signal, AbortSignal.timeout(50_000)])
            await Promise.all([checkDeeply(taking, inTime), checkVersions(taking, inTime)])
          },
          twice: (signal) => edge.takeAwayTwice(signal),
          redraw: async () => void (await surfaces.redraw()),
          hourly: async () => {
            await wakeFormer(pools.work, [...world.catalogue.keys()])
            await signHeads(pools.work, keys, fileSink(join(config.dataDir, 'heads.jsonl')))
            await tidyInbox(pools.work)
            await tidyAlerts(pools.work)
            await tidyGates(pools.work)
            await tidyTestReports(pools.work)
            await warnOfSkew(pools.work, log)
          },
        },
      })
    },

    // Beside everything else: nothing waits for it.
    logShortcomings: (signal) => void logShortcomings({ ...world, log }, signal),
  }
}
