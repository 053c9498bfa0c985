import { isAutomation } from '#domain/ids.ts'
import {
  automationOf,
  deliveryId,
  incidentId,
  type IncidentId,
  revisionId,
  rollbackId,
  workloadId,
} from '#domain/ids.ts'
import { rollbacksOf, type RollbackState } from '#domain/rollback/state.ts'
import { instant, minutes, plus, seconds } from '#domain/time.ts'
import type { Executor } from '#ports/executor.ts'
import type { Metrics } from '#ports/metrics.ts'
import type { Timeline } from '#ports/store.ts'
import { workflows } from '#workflows/index.ts'
import type { World } from '#workflows/world.ts'
import { aPolicy, aRevision, aService, aStep, checkout, people } from '../../support/builders.ts'
import { memoryRevisions } from '../../support/memory-revisions.ts'
import { aDirectory } from '../../support/scripted-world.ts'
import type { Clock } from '../approval/room.ts'

export const versions = ['v1', 'v2', 'v3', 'v4', 'v5'] as const
export type Version = (typeof versions)[number]

const never = new AbortController().signal
const workload = workloadId('prod/production/deployment/checkout')

/** A service that may be rolled back by itself, on a platform on which nothing takes time, and the people who may say otherwise. */
export function aShop(store: Timeline, clock: Clock) {
  const platform = {
    running: 'v2' as Version,
    since: plus(instant(clock.now()), minutes(-600)),
    generation: 1,
    sick: new Set<Version>(),
  }
  /** The next so many calls to the record go well, then one fails; before or after it has written. */
  const fault = { in: Number.POSITIVE_INFINITY, isAfter: false }
  const service = aService({
    dependsOn: [],
    health: [],
    signals: { errorRate: 'q' },
    automation: {
      mode: 'on',
      countdownMicros: seconds(30),
      triggers: ['error-rate'],
    },
    targets: [{ executor: 'still', workload, title: 'checkout', spec: {} }],
  })
  let ids = 0
  const world: World = {
    catalogue: new Map([[service.id, service]]),
    policy: aPolicy(),
    timeline: faulty(store, fault),
    revisions: memoryRevisions().revisions,
    evidence: { keep: async () => ({ bytes: 0, sha256: '' }), read: async () => [] },
    assessments: { between: async () => [], ownerAsked: async () => undefined },
    executors: new Map([['still', executorOf(platform, clock)]]),
    directory: aDirectory(),
    metrics: metricsOf(platform),
    pagers: new Map(),
    probe: { get: async () => ({ ok: true, status: 200, tookMs: 1, why: undefined }) },
    clock: { pause: async () => undefined },
    ids: {
      incident: () => incidentId(`inc-${(ids += 1)}`),
      rollback: () => rollbackId(`rb_${(ids += 1)}`),
    },
    scrub: (text) => text,
  }
  const flows = workflows(world)
  const stream = automationOf(checkout)
  const incidents = (): Promise<readonly IncidentId[]> => store.recentIncidents(checkout, 1_000)
  /** A process that fails is followed by one that does the same again. */
  const insist = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      fault.in = Number.POSITIVE_INFINITY
      await work()
    }
  }
  const newest = async (): Promise<RollbackState | undefined> => {
    const [first] = await store.rollbacksOn(workload, 1)
    return (
      first && rollbacksOf(await store.read(first.incident)).find(({ id }) => id === first.rollback)
    )
  }
  const deploy = (version: Version): void => {
    if (platform.running === version) return
    platform.running = version
    platform.since = instant(clock.now())
    platform.generation += 1
  }
  const work = async (): Promise<void> => {
    await insist(() => flows.automate(stream, never))
    for (const incident of await incidents()) await insist(() => flows.advance(incident, never))
  }
  const click = async () => {
    const rollback = await newest()
    if (!rollback) return undefined
    ids += 1
    return {
      by: people.onCall,
      rollback: rollback.id,
      delivery: deliveryId(`d${ids}`),
      state: rollback,
    }
  }

  return {
    start: () => insist(() => flows.armAutomation()),
    deploy,
    work,
    sicken: (version: Version) => void platform.sick.add(version),
    heal: (version: Version) => void platform.sick.delete(version),
    failIn(calls: number, isAfter: boolean): void {
      fault.in = calls
      fault.isAfter = isAfter
    },
    /** Half a minute after the other: a look is due, or a countdown is over. */
    async passes(halfMinutes: number): Promise<void> {
      for (let left = halfMinutes; left > 0; left -= 1) {
        await clock.set(clock.now() + seconds(30))
        await work()
      }
    },
    async press(what: 'cancel' | 'approve' | 'pause' | 'reject' | 'undo'): Promise<void> {
      const pressed = await click()
      if (!pressed) return
      const { state, ...given } = pressed
      const reason = 'because of what we saw'
      await insist(() => {
        switch (what) {
          case 'cancel':
            return flows.cancel(given)
          case 'pause':
            return flows.pauseAutomation(given)
          case 'reject':
            return flows.reject({ ...given, reason })
          case 'undo':
            return flows.undo({ ...given, reason })
          case 'approve':
            return state.digest
              ? flows.approve({ ...given, digest: state.digest })
              : Promise.resolve()
        }
      })
      await work()
    },
    async ask(): Promise<void> {
      ids += 1
      const delivery = deliveryId(`d${ids}`)
      const request = {
        by: people.onCall,
        service: checkout,
        to: undefined,
        reason: 'errors after the deploy',
        reasonKind: 'other',
        severity: undefined,
        since: undefined,
        notBefore: undefined,
      } as const
      await insist(() => flows.requestRollback(request, delivery))
    },
    async switches(to: 'on' | 'off'): Promise<void> {
      ids += 1
      const until = to === 'off' ? plus(instant(clock.now()), minutes(20)) : null
      const given = { service: checkout, to, until, by: people.vp, reason: 'a load test is over' }
      await insist(() => flows.switchAutomation({ ...given, delivery: deliveryId(`d${ids}`) }))
    },
    async histories() {
      return Promise.all(
        [stream, ...(await incidents())].map(async (incident) => ({
          incident,
          history: await store.read(incident),
          isAutomation: isAutomation(incident),
        })),
      )
    },
  }
}
export type Shop = ReturnType<typeof aShop>

export class Crash extends Error {
  override readonly name = 'Crash'
}

/** The record, with one call that comes to nothing, or of which nobody hears. */
function faulty(store: Timeline, fault: { in: number; readonly isAfter: boolean }): Timeline {
  const through = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    fault.in -= 1
    const fails = fault.in === 0
    if (fails && !fault.isAfter) throw new Crash('before it was written')
    const result = await call()
    if (fails) throw new Crash('after it was written')
    return result
  }
  return {
    ...store,
    append: (incident, seq, change) => through(() => store.append(incident, seq, change)),
    decide: (incident, decide) => through(() => store.decide(incident, decide)),
  }
}

interface Platform {
  running: Version
  since: ReturnType<typeof instant>
  generation: number
  readonly sick: ReadonlySet<Version>
}

const metricsOf = (platform: Platform): Metrics => ({
  source: 'Prometheus',
  async measure(_service, signal, { to }) {
    if (signal !== 'errorRate') return { kind: 'not_configured' }
    const isNow = to > platform.since
    const value = isNow && platform.sick.has(platform.running) ? 0.08 : 0.001
    return { kind: 'value', value, requests: 20_000, query: 'q' }
  },
  async curve(_service, signal, { from, to }, step) {
    if (signal !== 'errorRate') return { kind: 'not_configured' }
    const points = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => {
      const at = instant(from + index * step)
      const isSick = at > platform.since && platform.sick.has(platform.running)
      return { at, value: isSick ? 0.08 : 0.001 }
    })
    return { kind: 'points', points, query: 'q' }
  },
  counts: async () => ({ kind: 'not_configured' }),
})

export function executorOf(platform: Platform, clock: Clock): Executor {
  const revision = (name: Version) =>
    aRevision(name, {
      id: revisionId(name),
      number: versions.indexOf(name) + 1,
      since: name === platform.running ? platform.since : instant(0),
    })
  const observed = () => ({
    running: revision(platform.running),
    history: versions.toReversed().map(revision),
    precondition: { generation: platform.generation },
    warnings: [],
    blockers: [],
    units: { noun: 'pods', count: 1, ready: 1 },
  })
  return {
    kind: 'still',
    problems: () => [],
    observe: async () => observed(),
    route: async (_target, seen, to) => ({
      steps: [aStep('template restored', { change: { set: to }, undo: { set: seen.running.id } })],
      collapse: [],
      collapseHow: null,
      differences: [],
      warnings: [],
      blockers: [],
      mechanism: 'deployment-undo',
      how: 'undo',
      expectedMicros: 0,
    }),
    changedSince: async ({ from }) =>
      from.id === platform.running ? undefined : 'something else was deployed',
    async apply(change) {
      const to = versions.find((name) => JSON.stringify(change).includes(`"${name}"`))
      if (!to) throw new Error('no such version')
      if (platform.running === to) return
      platform.running = to
      platform.since = instant(clock.now())
      platform.generation += 1
    },
    async *progress() {
      yield { kind: 'settled', ready: 1, wanted: 1 }
    },
    verify: async () => [{ id: 'serving', result: 'passed', text: `${platform.running} serves` }],
    evidence: async () => [],
    candidates: async (_target, { running }) =>
      versions
        .toReversed()
        .filter((name) => name !== running.name)
        .map((name) => ({
          revision: revision(name),
          standing: { kind: 'verified', at: instant(0) },
        })),
    examine: async () => [],
    lookCommand: () => 'look',
  }
}
